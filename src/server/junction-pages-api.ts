import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import type { TableDocument } from '../measures/table-document.ts';
import type { ControllersDocument, JunctionPageDocument } from './junction-pages.ts';
import { exportTable } from './table-export.ts';

/** Where the junction pages come from: this thread, or the one in which a city runs. */
export interface PagesShown {
  list(): ControllersDocument | Promise<ControllersDocument>;
  /** The last `hours` of a controller, or all that is kept; null for one of which no event came. */
  describe(id: string, hours: number | null): JunctionPageDocument | null | Promise<JunctionPageDocument | null>;
  /** One table of its dialect over the same stretch; null as `describe`, and for a name it does not have. */
  table(id: string, name: string, hours: number | null): TableDocument | null | Promise<TableDocument | null>;
}

const closed = { additionalProperties: false };
const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 400 }) }, closed);
const TableParams = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 400 }),
    table: Type.String({ pattern: '^[a-z_]{1,60}$' }),
    format: Type.Enum(['csv', 'parquet']),
  },
  closed,
);
const Query = Type.Object({ hours: Type.Optional(Type.String({ pattern: '^(\\d{1,2}(\\.\\d{1,3})?)$' })) }, closed);

/** The routes of the signal engineer's page. */
export function addJunctionPages(api: FastifyInstance, shown: PagesShown): void {
  api.get('/api/controllers', () => shown.list());
  api.get<{ Params: Static<typeof Params>; Querystring: Static<typeof Query> }>(
    '/api/controllers/:id',
    { schema: { params: Params, querystring: Query } },
    async ({ params: { id }, query: { hours } }, reply) => {
      const page = await shown.describe(id, hoursOf(hours));
      if (page !== null) return page;
      return reply.status(404).send({
        error: `No event of a controller "${id}" is here.`,
        remedy: 'GET /api/controllers lists those whose events are.',
      });
    },
  );
  api.get<{ Params: Static<typeof TableParams>; Querystring: Static<typeof Query> }>(
    '/api/controllers/:id/tables/:table.:format',
    { schema: { params: TableParams, querystring: Query } },
    async ({ params: { id, table, format }, query: { hours } }, reply) => {
      const found = await shown.table(id, table, hoursOf(hours));
      if (found === null) {
        return reply.status(404).send({
          error: `No table "${table}" of a controller "${id}" is here.`,
          remedy: 'GET /api/controllers lists the controllers, the page of one lists its tables.',
        });
      }
      const { zone } = await shown.list();
      const bytes = await exportTable(found, id, zone, format);
      return reply
        .type(format === 'csv' ? 'text/csv' : 'application/vnd.apache.parquet')
        .header('content-disposition', `attachment; filename="${table}.${format}"`)
        .send(bytes);
    },
  );
}

function hoursOf(hours: string | undefined): number | null {
  return hours === undefined ? null : Number(hours);
}
