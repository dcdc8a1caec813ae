import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { MODES } from '../brain/modes.ts';
import { SiteEdit } from '../read/overlay/edit.ts';
import { OFFICE } from '../read/overlay/overlay.ts';
import { UrbaneError } from '../units/errors.ts';
import { addJunctionPages, type PagesShown } from './junction-pages-api.ts';
import type { LiveStream } from './live.ts';
import { type ClockChange, LEAST_SPEED, MOST_SPEED } from './pacer.ts';
import type { SiteAnswer, SiteDocument } from './site.ts';
import type { SiteOrder } from './sites.ts';
import type { SteerAnswer, SteerOrder } from './steering.ts';
import type { JunctionDocument, State } from './wire.ts';

/** What the web address serves: a pair of runs somewhere, here in a worker thread. */
export interface Shown {
  /** The map document as JSON, gzipped. */
  readonly map: Uint8Array;
  readonly state: State;
  readonly live: LiveStream;
  /** What the controllers of the run with the brain logged. */
  readonly pages: PagesShown;
  change(clock: ClockChange): void;
  /** Null for an id the city does not have. */
  junction(id: string): Promise<JunctionDocument | null>;
  /** Null for an id the city does not have, or a junction without a signal. */
  site(id: string): Promise<SiteDocument | null>;
  /** What corrections do, tried or saved. Rejects with an UrbaneError that says why not. */
  correct(order: SiteOrder): Promise<SiteAnswer>;
  /** Rejects with an UrbaneError that says why not. */
  steer(order: SteerOrder): Promise<SteerAnswer>;
}

const ClockBody = Type.Object(
  {
    paused: Type.Optional(Type.Boolean()),
    speed: Type.Optional(Type.Number({ minimum: LEAST_SPEED, maximum: MOST_SPEED })),
    restart: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
);

const JunctionParams = Type.Object(
  { id: Type.String({ minLength: 1, maxLength: 400 }) },
  { additionalProperties: false },
);

const By = Type.String({ pattern: OFFICE });
const closed = { additionalProperties: false };
const ModeBody = Type.Object(
  { mode: Type.Enum([...MODES]), by: By, minutes: Type.Number({ minimum: 1, maximum: 10_080, default: 60 }) },
  closed,
);
const ApprovalBody = Type.Object({ proposal: Type.Integer({ minimum: 1 }), by: By }, closed);
const SiteBody = Type.Object(
  {
    ...SiteEdit.properties,
    by: By,
    why: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
    save: Type.Boolean({ default: false }),
  },
  closed,
);
const CorridorBody = Type.Object(
  {
    roads: Type.Array(Type.String({ minLength: 1, maxLength: 400 }), { minItems: 2, maxItems: 100 }),
    by: By,
    minutes: Type.Number({ minimum: 0.5, maximum: 15, default: 5 }),
  },
  closed,
);
const CorridorParams = Type.Object({ id: Type.String({ pattern: '^[0-9]{1,9}$' }) }, closed);

/** All the page loads comes from here; it may draw and run nothing else. */
const CONTENT_POLICY = [
  "default-src 'self'",
  "img-src 'self' data: blob:",
  "style-src 'self' 'unsafe-inline'",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A server with our headers and errors. `pageFolder` holds the built pages. */
async function createServer(pageFolder: string): Promise<FastifyInstance> {
  const api = Fastify({
    forceCloseConnections: true,
    bodyLimit: 50_000,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    routerOptions: { maxParamLength: 400 },
  });
  api.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
  api.setErrorHandler((error: unknown, request, reply) => {
    const { status, sentence, remedy } = explain(error, request.url);
    return reply.status(status).send({ error: sentence, remedy });
  });
  api.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      error: `There is nothing at ${request.method} ${request.url}.`,
      remedy: 'Open / for the page; /api/state tells what runs.',
    }),
  );
  await api.register(fastifyStatic, { root: pageFolder });
  return api;
}

/** The routes of the page of controller logs without a city. */
export async function createLogApi(pages: PagesShown, pageFolder: string): Promise<FastifyInstance> {
  const api = await createServer(pageFolder);
  addJunctionPages(api, pages);
  api.get('/', (_request, reply) => reply.redirect('measures.html'));
  return api;
}

/** The routes of the live page. `pageFolder` holds the built page. */
export async function createApi(shown: Shown, pageFolder: string): Promise<FastifyInstance> {
  const api = await createServer(pageFolder);
  addJunctionPages(api, shown.pages);
  api.get('/api/city', (_request, reply) =>
    reply.header('content-encoding', 'gzip').type('application/json').send(Buffer.from(shown.map)),
  );
  api.get('/api/state', () => shown.state);
  api.get<{ Params: Static<typeof JunctionParams> }>(
    '/api/junctions/:id',
    { schema: { params: JunctionParams } },
    async (request, reply) => {
      const junction = await shown.junction(request.params.id);
      if (junction !== null) return junction;
      return reply.status(404).send({
        error: `The city has no junction "${request.params.id}".`,
        remedy: 'GET /api/city lists all junctions with their ids.',
      });
    },
  );
  api.post<{ Body: Static<typeof ClockBody> }>('/api/clock', { schema: { body: ClockBody } }, (request) => {
    shown.change(request.body);
    return { accepted: request.body };
  });
  api.post<{ Params: Static<typeof JunctionParams>; Body: Static<typeof ModeBody> }>(
    '/api/junctions/:id/mode',
    { schema: { params: JunctionParams, body: ModeBody } },
    ({ params, body }) => shown.steer({ kind: 'mode', junction: params.id, ...body }),
  );
  api.post<{ Params: Static<typeof JunctionParams>; Body: Static<typeof ApprovalBody> }>(
    '/api/junctions/:id/approval',
    { schema: { params: JunctionParams, body: ApprovalBody } },
    ({ params, body }) => shown.steer({ kind: 'approval', junction: params.id, ...body }),
  );
  api.get<{ Params: Static<typeof JunctionParams> }>(
    '/api/junctions/:id/site',
    { schema: { params: JunctionParams } },
    async ({ params: { id } }, reply) => {
      const site = await shown.site(id);
      if (site !== null) return site;
      return reply.status(404).send({
        error: `The city has no junction "${id}" with a signal.`,
        remedy: 'GET /api/city lists all junctions with their ids.',
      });
    },
  );
  api.post<{ Params: Static<typeof JunctionParams>; Body: Static<typeof SiteBody> }>(
    '/api/junctions/:id/site',
    { schema: { params: JunctionParams, body: SiteBody } },
    ({ params, body: { by, why, save, ...edit } }) =>
      shown.correct({ junction: params.id, by, ...(why === undefined ? {} : { why }), save, edit }),
  );
  api.post<{ Body: Static<typeof CorridorBody> }>('/api/corridors', { schema: { body: CorridorBody } }, ({ body }) =>
    shown.steer({ kind: 'corridor', ...body }),
  );
  api.delete<{ Params: Static<typeof CorridorParams> }>(
    '/api/corridors/:id',
    { schema: { params: CorridorParams } },
    ({ params }) => shown.steer({ kind: 'end-corridor', id: Number(params.id) }),
  );
  api.get('/api/live', (_request, reply) => {
    reply.hijack();
    shown.live.open(reply.raw);
  });
  return api;
}

/** What to send instead, by a part of the address. */
const REMEDIES: readonly (readonly [string, string])[] = [
  [
    '/clock',
    `Send JSON such as {"paused": true}, {"speed": 20} (${LEAST_SPEED} to ${MOST_SPEED}) or {"restart": true}.`,
  ],
  ['/mode', `Send JSON such as {"mode": "advise", "by": "traffic-desk", "minutes": 60}; modes: ${MODES.join(', ')}.`],
  [
    '/site',
    'Send JSON such as {"by": "traffic-desk", "lanes": [{"lane": "a_0", "speed_mps": 8.3}], "save": true} (docs/operator/formats.md).',
  ],
  ['/approval', 'Send JSON such as {"proposal": 3, "by": "traffic-desk"}.'],
  ['/corridors', 'Send JSON such as {"roads": ["a", "b"], "by": "fire-brigade", "minutes": 5}, 15 minutes at most.'],
];

function explain(error: unknown, url: string): { status: number; sentence: string; remedy: string } {
  if (error instanceof UrbaneError) return { status: error.status, sentence: error.message, remedy: error.remedy };
  const status = statusOf(error);
  const sentence = error instanceof Error ? error.message : String(error);
  if (status < 500) {
    return {
      status,
      sentence: `The request is not understood: ${sentence}.`,
      remedy: REMEDIES.find(([path]) => url.includes(path))?.[1] ?? 'Look at docs/operator for what may be sent.',
    };
  }
  return { status: 500, sentence: `The server failed: ${sentence}.`, remedy: 'Report it with what you did before.' };
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}
