/**
 * The one table of errors: a code, how a command exits or a request answers, and what the user can do about it.
 * The sentence is made where the fault is found (it names file, line, element and both values); the remedy stands here
 * unless the place knows a better one.
 */
export const ERRORS = {
  'bad-usage': { exit: 2, status: 400, remedy: 'Run the command with --help to see its options.' },
  'missing-file': { exit: 3, status: 404, remedy: 'Check the path.' },
  'bad-xml': { exit: 4, status: 422, remedy: 'The file is damaged or cut off: fetch or export it again.' },
  'bad-input': { exit: 4, status: 422, remedy: 'Correct the named element and read the file again.' },
  'bad-city-file': { exit: 4, status: 422, remedy: 'Import the city again with `urbane import`.' },
  'bad-saved-run': {
    exit: 4,
    status: 422,
    remedy: 'Save the run again: a saved run fits only the city, demand, seed and version of Urbane it was made with.',
  },
  'no-demand': { exit: 4, status: 422, remedy: 'Name a .sumocfg or a folder that holds routes as well as a network.' },
  'too-little-data': { exit: 4, status: 422, remedy: 'Measure more roads or longer.' },
  'bad-observation': {
    exit: 4,
    status: 422,
    remedy: 'Send one JSON object a line as docs/operator/stdio.md describes.',
  },
  'sumo-missing': {
    exit: 5,
    status: 503,
    remedy: 'Install it (`apt-get install sumo`) or set SUMO_BINARY to its path.',
  },
  'sumo-failed': { exit: 5, status: 503, remedy: 'Run SUMO on the scenario by hand to see its own messages.' },
  unreachable: { exit: 5, status: 503, remedy: 'Check the address, and that the other side runs and lets you in.' },
  'not-found': { exit: 3, status: 404, remedy: 'GET /api/city lists all junctions and roads with their ids.' },
  'not-now': { exit: 7, status: 409, remedy: 'Look at how it stands now and ask again.' },
  'port-in-use': { exit: 6, status: 503, remedy: 'Stop the other program or choose another port with --port.' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

/** A fault the user can act on: printed as one sentence and a remedy, never as a stack trace. */
export class UrbaneError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, sentence: string, remedy: string = ERRORS[code].remedy) {
    super(sentence);
    this.name = 'UrbaneError';
    this.code = code;
    this.remedy = remedy;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
