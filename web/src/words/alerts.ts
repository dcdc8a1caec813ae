import type { Alert, AlertKind, AlertPart } from '../../../src/watch/alert.ts';
import { measuresZh } from './measures.ts';

/**
 * Cause and action of an alert in Chinese: the server says them in English. {{measured}} and {{expected}} are the figures of
 * the evidence.
 */
const CAUSES: Readonly<Record<AlertKind, string>> = {
  'data-loss': '信号机没有发来事件，或太少：{{measured}}，预期 {{expected}}。',
  outage: '{{n}} 个信号机同时失联：是网络或中心服务器的问题，而非信号机。',
  'max-outs': '相位 {{phase}} 达到最大绿的次数远多于平时这一时段：{{measured}}，预期 {{expected}}。',
  'phase-skips': '相位 {{phase}} 有请求却被跳过：{{measured}}，预期 {{expected}}。',
  'split-failures': '相位 {{phase}} 清不空排队：{{measured}}，预期 {{expected}}。',
  'detector-silent': '检测器计数过少：{{measured}}，预期 {{expected}}。',
  'detector-stuck': '检测器一直为通：{{measured}}，预期 {{expected}}。',
  'detector-chatter': '检测器通断过于频繁：{{measured}}，预期 {{expected}}。',
  'button-silent': '相位 {{phase}} 的行人按钮不再有人按：{{measured}}，预期 {{expected}}。',
  'button-stuck': '相位 {{phase}} 无请求也放行行人：{{measured}}，按压 {{expected}}。',
  'button-chatter': '相位 {{phase}} 的行人按钮报告的按压过多：{{measured}}，预期 {{expected}}。',
  'pedestrian-counts': '{{n}} 个信号机的行人计数同时上升：{{measured}}，预期 {{expected}}。',
  'clock-drift': '信号机时钟有偏差：{{measured}} 秒。',
  offset: '协调绿灯的起点与方案不同步：{{measured}}，预期 {{expected}}。',
};

const ACTIONS: Readonly<Record<AlertKind, string>> = {
  'data-loss': '检查供电、通信模块和日志读取，再看信号机是否运行。',
  outage: '检查它们共用的通信线路和服务器。',
  'max-outs': '查找该相位是否有一直为通的检测器；若都正常，则需要更长的最大绿或绿信比。',
  'phase-skips': '检查当前方案的屏蔽、相序和最短时间。',
  'split-failures': '从有余量的相位移一些绿灯给它。',
  'detector-silent': '检查线圈、馈线和检测卡，或传感器看到了什么（车道封闭？）；修复前将其相位设为自动请求。',
  'detector-stuck': '复位检测卡；在此之前停用该通道，使其相位能够结束。',
  'detector-chatter': '检查馈线松动、串扰或灵敏度过高。',
  'button-silent': '按一下：若无请求到达则更换按钮；修复前将行人相位设为自动请求。',
  'button-stuck': '检查按钮触点是否卡住，以及行人放行是否有意设为自动请求。',
  'button-chatter': '检查按钮及其接线是否接触不良。',
  'pedestrian-counts': '先查数据表的来源再查信号机：不会有这么多按钮同时失灵。',
  'clock-drift': '校准时钟（GPS 或 NTP）并检查其来源：协调依赖它。',
  offset: '检查方案的相位差、时钟和过渡。',
};

const MOVE_SPLIT =
  '把相位 {{fromPhase}} 的绿信比移 {{seconds}} 秒给相位 {{toPhase}}：这些不足中将剩 {{failuresLeft}} 次。';

/** Why, in a language of the page. */
export function sayCause(alert: Alert, language: string): string {
  if (language !== 'zh') return alert.cause;
  const { kind, phase, detector, devices, also, evidence } = alert;
  const { measured, expected } = evidence;
  const cause = fill(CAUSES[kind], {
    measured: round(measured),
    expected: round(expected),
    phase: phase ?? '',
    detector: detector ?? '',
    n: devices.length,
  });
  return also.length === 0 ? cause : `${cause}同时：${also.map(partInChinese).join('、')}。`;
}

/** What to do, in a language of the page. */
export function sayAction(alert: Alert, language: string): string {
  if (language !== 'zh') return alert.action;
  const { kind, advice } = alert;
  return advice === undefined ? ACTIONS[kind] : fill(MOVE_SPLIT, { ...advice });
}

function partInChinese({ kind, phase, detector }: AlertPart): string {
  const place = detector !== undefined ? `检测器 ${detector} ` : phase !== undefined ? `相位 ${phase} ` : '';
  return `${place}${measuresZh.alert[kind]}`;
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
}

function round(value: number): string {
  return Math.abs(value) < 10 ? String(Math.round(value * 10) / 10) : Math.round(value).toLocaleString();
}
