/**
 * What controllers give as their reason, in Chinese: the records hold English clauses with numbers in them. `$1`, `$2` stand
 * for those numbers. A test asks every controller and finds each clause here.
 */
const CHINESE: readonly (readonly [clause: RegExp, words: string])[] = [
  [/^keeps the green: (.+) veh-s of delay ahead against (.+)$/, '保持绿灯：预计延误 $1 辆·秒，否则 $2'],
  [/^changes: (.+) veh-s of delay ahead against (.+)$/, '切换：预计延误 $1 辆·秒，否则 $2'],
  [/^keeps the green: nobody waits elsewhere$/, '保持绿灯：别处无人等待'],
  [/^changes: nobody waits elsewhere$/, '切换：别处无人等待'],
  [/^changes: somebody there has waited for over (.+) s$/, '切换：该方向已有车辆等待超过 $1 秒'],
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
];

/** A clause in a language of the page; one that has no Chinese yet stays English. */
export function sayReason(clause: string, language: string): string {
  return language === 'zh' ? (findChinese(clause) ?? clause) : clause;
}

/** The Chinese of a clause, or null where there is none yet. */
export function findChinese(clause: string): string | null {
  for (const [pattern, words] of CHINESE) if (pattern.test(clause)) return clause.replace(pattern, words);
  return null;
}
