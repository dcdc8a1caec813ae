import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { ControllersDocument, JunctionPageDocument } from './junction-pages.ts';

/** Where the junction pages come from: this thread, or the one in which a city runs. */
export interface PagesShown {
  list(): ControllersDocument | Promise<ControllersDocument>;
  /** The last `hours` of a controller, or all that is kept; null for one of which no event came. */
  describe(id: string, hours: number | null): JunctionPageDocument | null | Promise<JunctionPageDocument | null>;
}

const closed = { additionalProperties: false };
const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 400 }) }, closed);
const Query = Type.Object({ hours: Type.Optional(Type.String({ pattern: '^(\\d{1,2}(\\.\\d{1,3})?)$' })) }, closed);

/** The routes of the signal engineer's page. */
export function addJunctionPages(api: FastifyInstance, shown: PagesShown): void {
  api.get('/api/controllers', () => shown.list());
  api.get<{ Params: Static<typeof Params>; Querystring: Static<typeof Query> }>(
    '/api/controllers/:id',
    { schema: { params: Params, querystring: Query } },
    async ({ params: { id }, query: { hours } }, reply) => {
      const page = await shown.describe(id, hours === undefined ? null : Number(hours));
      if (page !== null) return page;
      return reply.status(404).send({
        error: `No event of a controller "${id}" is here.`,
        remedy: 'GET /api/controllers lists those whose events are.',
      });
    },
  );
}
