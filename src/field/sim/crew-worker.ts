import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { World } from '../../sim/world.ts';
import { awaitRound, claimShare, END, EXCHANGE, endShare, orderOf } from './barrier.ts';
import { attach } from './compiled.ts';
import { runTimed, type WorkerLine, type WorkerWorld } from './crew.ts';

/** One of the engine's other threads: does its share of each phase, unless the calling thread was sooner, until it is told to end. */
function work({ control, port, index }: WorkerLine): void {
  let own: World | null = null;
  let order = 0;
  for (let round = 0; order !== END; ) {
    round = awaitRound(control, round);
    if (!claimShare(control, index)) continue;
    order = orderOf(control);
    let hasFailed = false;
    try {
      if (order === EXCHANGE) own = worldOf(receiveMessageOnPort(port)?.message as WorkerWorld);
      else if (own !== null && order !== END) runTimed(own, order);
    } catch (fault) {
      port.postMessage(fault instanceof Error ? fault.stack : String(fault));
      hasFailed = true;
    }
    endShare(control, hasFailed);
  }
}

/** The phases read nothing of a world that is left out for a worker. */
function worldOf({ world, attachment }: WorkerWorld): World {
  return { ...world, machine: attach(attachment) } as World;
}

work(workerData as WorkerLine);
