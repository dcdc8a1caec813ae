import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { World } from '../../sim/world.ts';
import { awaitOrder, END, EXCHANGE, endRound } from './barrier.ts';
import { attach } from './compiled.ts';
import { runTimed, type WorkerLine, type WorkerWorld } from './crew.ts';

/** One of the engine's other threads: does its share of each phase until it is told to end. */
function work({ control, port }: WorkerLine): void {
  let own: World | null = null;
  for (let round = 0; ; round++) {
    const order = awaitOrder(control, round);
    try {
      if (order === EXCHANGE) own = worldOf(receiveMessageOnPort(port)?.message as WorkerWorld);
      else if (own !== null && order !== END) runTimed(own, order);
    } catch (fault) {
      port.postMessage(fault instanceof Error ? fault.stack : String(fault));
      endRound(control, true);
      continue;
    }
    endRound(control, false);
    if (order === END) return;
  }
}

/** The phases read nothing of a world that is left out for a worker. */
function worldOf({ world, attachment }: WorkerWorld): World {
  return { ...world, machine: attach(attachment) } as World;
}

work(workerData as WorkerLine);
