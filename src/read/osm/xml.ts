import type { ByteSource } from '../source.ts';
import { type Element, readXml } from '../sumo/xml.ts';
import { type OsmMember, type OsmVisitor, WANTED_KEYS } from './elements.ts';

const KINDS: ReadonlySet<string> = new Set(['node', 'way', 'relation']);
const MEMBER_TYPES = { node: 'node', way: 'way', relation: 'relation' } as const;

/** One pass over an `.osm`. Throws UrbaneError as `readXml` does, and on a coordinate or reference that is no number. */
export async function visitXml(source: ByteSource, visitor: OsmVisitor): Promise<void> {
  let element: Element | null = null;
  let tags = new Map<string, string>();
  let refs: number[] = [];
  let members: OsmMember[] = [];

  const finish = (whole: Element): void => {
    if (whole.findText('action') === 'delete' || whole.findText('visible') === 'false') return;
    const id = whole.getNumber('id');
    if (whole.name === 'node') visitor.node?.(id, whole.getNumber('lat'), whole.getNumber('lon'), tags);
    else if (whole.name === 'way') visitor.way?.(id, refs, tags);
    else visitor.relation?.(id, members, tags);
  };

  await readXml(
    source,
    { expected: 'osm' },
    {
      open(child, depth) {
        if (depth === 1) {
          element = KINDS.has(child.name) ? child : null;
          tags = new Map();
          refs = [];
          members = [];
          return;
        }
        if (element === null || depth !== 2) return;
        if (child.name === 'tag') {
          const key = child.getText('k');
          if (WANTED_KEYS.has(key)) tags.set(key, child.getText('v'));
        } else if (child.name === 'nd') refs.push(child.getNumber('ref'));
        else if (child.name === 'member') {
          const type = MEMBER_TYPES[child.getText('type') as keyof typeof MEMBER_TYPES];
          if (type === undefined) throw child.fault('has an unknown type', 'Write node, way or relation.');
          members.push({ type, ref: child.getNumber('ref'), role: child.findText('role') ?? '' });
        }
      },
      close(_name, depth) {
        if (depth !== 1 || element === null) return;
        finish(element);
        element = null;
      },
    },
  );
}
