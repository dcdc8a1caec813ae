import type { Command } from 'commander';
import { MODES } from '../brain/modes.ts';
import type { ModeState } from '../server/wire.ts';
import { UrbaneError } from '../units/errors.ts';
import { toCount } from './trials.ts';

interface ModeOptions {
  readonly by?: string;
  readonly minutes: number;
  readonly approve?: number;
  readonly url: string;
  readonly json?: true;
}

/** `urbane mode`: shows or changes how far a junction of a running city lets the brain go (docs/operator/modes.md). */
export function register(program: Command): void {
  program
    .command('mode')
    .description('show or change how far a junction of a running city lets the brain go')
    .argument('<junction>', 'id of the junction')
    .argument('[mode]', `${MODES.join(', ')}; shown when left out`)
    .option('--by <office>', 'who allows it: an office such as traffic-desk, never a person')
    .option('--minutes <n>', "how long it is allowed, minutes of the street's clock", toCount, 60)
    .option('--approve <proposal>', 'approve this proposal of a supervised junction', toCount)
    .option('--url <address>', 'where urbane start serves', 'http://127.0.0.1:4620')
    .option('--json', 'print one JSON document')
    .action(run);
}

async function run(junction: string, mode: string | undefined, options: ModeOptions): Promise<void> {
  const path = `${options.url.replace(/\/$/, '')}/api/junctions/${encodeURIComponent(junction)}`;
  const state = mode === undefined && options.approve === undefined ? await look(path) : await ask(path, mode, options);
  process.stdout.write(options.json ? `${JSON.stringify(state, null, 2)}\n` : `${describe(junction, state)}\n`);
}

async function look(path: string): Promise<ModeState> {
  const { runs } = (await request(path)) as { runs: { with: { mode: ModeState | null } } | null };
  if (runs?.with.mode == null)
    throw new UrbaneError('not-now', 'No brain runs there.', 'Choose a junction with a signal.');
  return runs.with.mode;
}

async function ask(path: string, mode: string | undefined, { by, minutes, approve }: ModeOptions): Promise<ModeState> {
  if (by === undefined) {
    throw new UrbaneError(
      'bad-usage',
      'Nobody is named who allows it.',
      'Give --by with an office such as traffic-desk.',
    );
  }
  if (mode !== undefined && approve !== undefined) {
    throw new UrbaneError('bad-usage', 'A mode and --approve were both given.', 'Give one of them.');
  }
  if (approve !== undefined) return (await request(`${path}/approval`, { proposal: approve, by })) as ModeState;
  return (await request(`${path}/mode`, { mode, by, minutes })) as ModeState;
}

async function request(url: string, body?: object): Promise<unknown> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, body === undefined ? {} : post).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UrbaneError('not-found', `Nothing answers at ${url}: ${why}.`, 'Run `urbane start`, or give its --url.');
  });
  const answer = (await response.json().catch(() => null)) as { error?: string; remedy?: string } | null;
  if (response.ok && answer !== null) return answer;
  const code = response.status === 404 ? 'not-found' : response.status === 409 ? 'not-now' : 'bad-usage';
  throw new UrbaneError(code, answer?.error ?? `${url} answers ${response.status}.`, answer?.remedy ?? 'Check --url.');
}

function describe(junction: string, { mode, by, untilMs, fell, proposal }: ModeState): string {
  const until =
    untilMs === null ? 'for good' : `until ${new Date(untilMs).toISOString().slice(11, 19)} of the street's clock`;
  return [
    `${junction}: ${mode}${by === null ? '' : `, approved by ${by} ${until}`}`,
    ...(fell === null ? [] : [`last fell at ${new Date(fell.atMs).toISOString().slice(11, 19)}: ${fell.why}`]),
    ...(proposal === null
      ? []
      : [
          `proposal ${proposal.id}: stage ${proposal.stage} (${proposal.why})${
            proposal.approvedBy === null ? '' : `, approved by ${proposal.approvedBy}`
          }`,
        ]),
  ].join('\n');
}
