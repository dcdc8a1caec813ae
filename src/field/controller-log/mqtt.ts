import { connectAsync, type MqttClient } from 'mqtt';
import Type from 'typebox';
import { Compile } from 'typebox/compile';
import { type EventBatch, EventBuffer } from '../../measures/event.ts';
import { UrbaneError } from '../../units/errors.ts';
import type { DamageReport } from './damage.ts';
import type { DeviceIds } from './device-ids.ts';

const closed = { additionalProperties: false };
const DEFAULT_TOPIC = 'urbane/events/+';
const CONNECT_MS = 10_000;
const MOST_EVENTS = 10_000;

/** A message with events of one controller, whose id is the last level of the topic. */
export const EventMessage = Type.Object(
  {
    events: Type.Array(
      Type.Object(
        {
          /** UTC. */
          timeMs: Type.Integer({ minimum: 0 }),
          code: Type.Integer({ minimum: 0, maximum: 65_535 }),
          parameter: Type.Integer({ minimum: -(2 ** 31) + 1, maximum: 2 ** 31 - 1 }),
        },
        closed,
      ),
      { maxItems: MOST_EVENTS },
    ),
  },
  closed,
);
export type EventMessage = Type.Static<typeof EventMessage>;

const check = Compile(EventMessage);

/** Whether an input names a broker instead of a file. */
export const isBroker = (input: string): boolean => /^mqtts?:\/\//.test(input);

/**
 * Live events of controllers from an MQTT broker. A message that does not fit is left out whole and reported; after a
 * lost connection the client comes back by itself.
 */
export class EventSubscription {
  readonly #client: MqttClient;

  private constructor(client: MqttClient) {
    this.#client = client;
  }

  /**
   * @param address mqtt://host:port/TOPIC or mqtts://; TOPIC may hold the wildcards + and %23 (#), `urbane/events/+` without it
   * @param onEvents takes the events of a message in the order they stand in it; the batch is reused
   * Throws UrbaneError `unreachable` when no broker answers.
   */
  static async open(
    address: string,
    ids: DeviceIds,
    damage: DamageReport,
    onEvents: (batch: EventBatch) => void,
  ): Promise<EventSubscription> {
    const url = new URL(address);
    const topic = decodeURIComponent(url.pathname.slice(1)) || DEFAULT_TOPIC;
    const broker = `${url.protocol}//${url.host}`;
    url.pathname = '';
    const client = await connectAsync(url.href, { connectTimeout: CONNECT_MS }, false).catch((fault: unknown) => {
      throw unreachable(broker, fault);
    });
    client.on('error', () => {});
    const batch = new EventBuffer(ids.list, 64);
    client.on('message', (name, payload) => {
      batch.clear();
      if (readMessage(name, payload, ids, damage, batch)) onEvents(batch);
    });
    const granted = await client.subscribeAsync(topic, { qos: 1 });
    if (granted.some(({ qos }) => qos >= 128)) {
      client.end(true);
      throw unreachable(broker, new Error(`it refuses the topic ${topic}`));
    }
    return new EventSubscription(client);
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

function readMessage(
  topic: string,
  payload: Uint8Array,
  ids: DeviceIds,
  damage: DamageReport,
  into: EventBuffer,
): boolean {
  let message: unknown;
  try {
    message = JSON.parse(Buffer.from(payload).toString('utf8'));
  } catch {
    damage.add(topic, 'message', 'it is not JSON');
    return false;
  }
  if (!check.Check(message)) {
    const first = check.Errors(message)[0];
    damage.add(topic, 'message', `${first?.instancePath ?? ''} ${first?.message ?? 'does not fit'}`.trim());
    return false;
  }
  const device = ids.positionOf(topic.slice(topic.lastIndexOf('/') + 1));
  for (const { timeMs, code, parameter } of message.events) into.push(timeMs, device, code, parameter);
  return true;
}

function unreachable(broker: string, fault: unknown): UrbaneError {
  const why = fault instanceof Error ? fault.message || ('code' in fault ? String(fault.code) : '') : String(fault);
  return new UrbaneError('unreachable', `The broker ${broker} cannot be reached (${why}).`);
}
