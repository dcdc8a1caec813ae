import fastifyStatic from '@fastify/static';
import Fastify, { type FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { UrbaneError } from '../units/errors.ts';
import type { LiveStream } from './live.ts';
import { type ClockChange, LEAST_SPEED, MOST_SPEED } from './pacer.ts';
import type { JunctionDocument, State } from './wire.ts';

/** What the web address serves: a pair of runs somewhere, here in a worker thread. */
export interface Shown {
  /** The map document as JSON, gzipped. */
  readonly map: Uint8Array;
  readonly state: State;
  readonly live: LiveStream;
  change(clock: ClockChange): void;
  /** Null for an id the city does not have. */
  junction(id: string): Promise<JunctionDocument | null>;
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

/** The routes of the live page. `pageFolder` holds the built page. */
export async function createApi(shown: Shown, pageFolder: string): Promise<FastifyInstance> {
  const api = Fastify({
    forceCloseConnections: true,
    bodyLimit: 10_000,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    routerOptions: { maxParamLength: 400 },
  });
  api.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
  api.setErrorHandler((error: unknown, _request, reply) => {
    const { status, sentence, remedy } = explain(error);
    return reply.status(status).send({ error: sentence, remedy });
  });
  api.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      error: `There is nothing at ${request.method} ${request.url}.`,
      remedy: 'Open / for the page; /api/state tells what runs.',
    }),
  );

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
  api.get('/api/live', (_request, reply) => {
    reply.hijack();
    shown.live.open(reply.raw);
  });
  await api.register(fastifyStatic, { root: pageFolder });
  return api;
}

function explain(error: unknown): { status: number; sentence: string; remedy: string } {
  if (error instanceof UrbaneError) return { status: error.status, sentence: error.message, remedy: error.remedy };
  const status = statusOf(error);
  const sentence = error instanceof Error ? error.message : String(error);
  if (status < 500) {
    return {
      status,
      sentence: `The request is not understood: ${sentence}.`,
      remedy: `Send JSON such as {"paused": true}, {"speed": 20} (${LEAST_SPEED} to ${MOST_SPEED}) or {"restart": true}.`,
    };
  }
  return { status: 500, sentence: `The server failed: ${sentence}.`, remedy: 'Report it with what you did before.' };
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}
