import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Charted, HistoryDocument } from '../../../src/server/wire.ts';
import { WITH_BRAIN, WITHOUT_BRAIN } from '../palette.ts';

const HEIGHT = 74;
const AXIS = { stroke: '#6d7a87', font: '10px Inter, "Noto Sans CJK SC", sans-serif', ticks: { show: false } } as const;

interface ChartProps {
  readonly history: HistoryDocument | null;
  readonly name: Charted;
}

/** Both runs' lines over simulated time. */
export function Chart({ history, name }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const host = box.current;
    if (host === null) return;
    const made = new uPlot(options(host.clientWidth), [[], [], []], host);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: host.clientWidth, height: HEIGHT }));
    watch.observe(host);
    return () => {
      watch.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, []);
  useEffect(() => {
    if (history === null) return;
    const { timesMs, lines } = history;
    plot.current?.setData([timesMs.map((ms) => ms / 1000), [...lines.without[name]], [...lines.with[name]]]);
  }, [history, name]);

  return <div className="chart" ref={box} aria-hidden="true" />;
}

function options(width: number): uPlot.Options {
  return {
    width,
    height: HEIGHT,
    padding: [6, 4, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(1, (most ?? 1) * 1.08)] } },
    series: [
      {},
      { stroke: WITHOUT_BRAIN, width: 1.4, dash: [4, 3], points: { show: false } },
      { stroke: WITH_BRAIN, width: 2, points: { show: false } },
    ],
    axes: [
      { ...AXIS, size: 18, gap: 2, space: 60, grid: { show: false }, values: (_plot, ticks) => ticks.map(hourMinute) },
      {
        ...AXIS,
        size: 34,
        gap: 4,
        space: 22,
        grid: { stroke: '#222b34', width: 1 },
        values: (_plot, ticks) => ticks.map((tick) => (tick === 0 ? '' : String(tick))),
      },
    ],
  };
}

function hourMinute(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}
