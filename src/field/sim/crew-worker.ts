import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { World } from '../../sim/world.ts';
import { awaitOrder, END, EXCHANGE, endRound } from './barrier.ts';
import { runTimed, type SharedWorld, type WorkOrder } from './crew.ts';

/** One of the engine's other threads: does its share of each phase until it is told to end. */
function work({ world, control, port }: WorkOrder): void {
  // The phases read nothing of a world that is left out for a worker.
  let own = world as World;
  for (let round = 0; ; round++) {
    const order = awaitOrder(control, round);
    try {
      if (order === EXCHANGE) own = receiveMessageOnPort(port)?.message as SharedWorld as World;
      else if (order !== END) runTimed(own, order);
    } catch (fault) {
      port.postMessage(fault instanceof Error ? fault.stack : String(fault));
      endRound(control, true);
      continue;
    }
    endRound(control, false);
    if (order === END) return;
  }
}

work(workerData as WorkOrder);
