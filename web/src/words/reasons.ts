/**
 * What controllers give as their reason, in Chinese: the records hold English clauses with numbers in them. `$1`, `$2` stand
 * for those numbers. A test asks every controller and finds each clause here.
 */
const CHINESE: readonly (readonly [clause: RegExp, words: string])[] = [
  [/^keeps the green: (.+) veh-s of delay ahead against (.+)$/, '保持绿灯：预计延误 $1 辆·秒，否则 $2'],
  [/^changes: (.+) veh-s of delay ahead against (.+)$/, '切换：预计延误 $1 辆·秒，否则 $2'],
  [/^keeps the green: nobody waits elsewhere$/, '保持绿灯：别处无人等待'],
  [/^changes: nobody waits elsewhere$/, '切换：别处无人等待'],
  [/^changes: somebody there has waited too long$/, '切换：该方向已有人等待过久'],
  [/^changes: its crossings are clear$/, '切换：人行横道已清空'],
  [/^more waits than a cycle can serve: this queue goes on$/, '等待车辆超过一个周期的通行能力：继续放行当前队列'],
  [/^coming to green$/, '正在转为绿灯'],
  [/^minimum green$/, '最短绿灯时间'],
  [/^minimum green, (.+) of (.+) s$/, '最短绿灯时间，已 $1 秒，共 $2 秒'],
  [/^the only stage$/, '仅此一个阶段'],
  [/^no detector to prolong it$/, '没有可延长绿灯的检测器'],
  [/^keeps the green: pressure (.+) on both$/, '保持绿灯：两者压力同为 $1'],
  [/^every approach is blind$/, '所有进口道均无观测'],
  [/^pressure (.+) against (.+) of the next best$/, '压力 $1，次优 $2'],
  [/^extends: a vehicle (.+) s ago$/, '延长：$1 秒前有车通过'],
  [/^gap-out after (.+) s without a vehicle$/, '间隔已满：$1 秒无车'],
  [/^max-out after (.+) s$/, '绿灯已满 $1 秒'],
  [/^all lanes believed again$/, '所有车道重新可信'],
  [/^(\d+) of (\d+) lanes not believed \((.+)\)$/, '$2 条车道中 $1 条不可信（$3）'],
];

/** A clause in a language of the page; one that has no Chinese yet stays English. */
export function sayReason(clause: string, language: string): string {
  return language === 'zh' ? (findChinese(clause) ?? clause) : clause;
}

/** What a controller falls back to, before or after a clause on its sensors. */
const AROUND: readonly (readonly [around: RegExp, before: string, after: string])[] = [
  [/^its own program: (.+)$/, '运行自身方案：', ''],
  [/^(.+): assumed there$/, '', '，该处按估计'],
  [/^(.+): used with care$/, '', '，谨慎采用'],
  [/^(.+): actuated$/, '', '，改用感应控制'],
];
const FAULTS: Readonly<Record<string, string>> = {
  dead: '无数据',
  stuck: '卡滞',
  silent: '静默',
  late: '迟到',
  noisy: '噪声',
};

/** The Chinese of a clause, or of several with a semicolon between; null where there is none yet. */
export function findChinese(clause: string): string | null {
  if (clause.includes('; ')) {
    const parts = clause.split('; ').map(findChinese);
    return parts.includes(null) ? null : parts.join('；');
  }
  for (const [pattern, words] of CHINESE) {
    if (pattern.test(clause)) return clause.replace(pattern, words).replace(/[a-z]+/g, (word) => FAULTS[word] ?? word);
  }
  for (const [pattern, before, after] of AROUND) {
    const inner = pattern.exec(clause)?.[1];
    const said = inner === undefined ? null : findChinese(inner);
    if (said !== null) return `${before}${said}${after}`;
  }
  return null;
}
