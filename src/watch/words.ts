import type { Alert, AlertKind, AlertPart } from './alert.ts';

/** The alert with its cause and action in words. */
export function tell(alert: Alert): Alert {
  const { cause, action } = WORDS[alert.kind](alert);
  const also = alert.also.length === 0 ? '' : ` With it: ${alert.also.map(partOf).join(', ')}.`;
  return { ...alert, cause: cause + also, action };
}

/** A part of a signal in words: `detector 13 silent`. */
export function partOf({ kind, phase, detector }: AlertPart): string {
  const where = detector !== undefined ? ` of detector ${detector}` : phase !== undefined ? ` of phase ${phase}` : '';
  return `${kind.replace('-', ' ')}${where}`;
}

const round = (value: number): string =>
  Math.abs(value) < 10 ? String(Math.round(value * 10) / 10) : Math.round(value).toLocaleString('en');

const figures = ({ evidence: { measured, expected, unit } }: Alert): string =>
  `${round(measured)} ${unit}, ${round(expected)} expected`;

const channelOf = ({ detector }: AlertPart): string =>
  detector === undefined ? 'All detectors of the signal' : `Detector ${detector}`;

const WORDS: Readonly<Record<AlertKind, (alert: Alert) => { cause: string; action: string }>> = {
  'data-loss': (alert) => ({
    cause: `The signal sends no events, or too few: ${figures(alert)}.`,
    action: 'Check power, modem and the fetching of its log; then look whether the controller runs.',
  }),
  outage: (alert) => ({
    cause: `${alert.devices.length} signals fell silent together: the network or the central server, not the signals.`,
    action: 'Check the communication line and the server they have in common.',
  }),
  'max-outs': (alert) => ({
    cause: `Phase ${alert.phase} runs to its maximum far more often than at this time of day: ${figures(alert)}.`,
    action:
      'Look for a detector of the phase that stays on; if all are well, the phase needs a longer maximum or split.',
  }),
  'phase-skips': (alert) => ({
    cause: `Phase ${alert.phase} has a call and is passed over: ${figures(alert)}.`,
    action: 'Check its omits, the order of phases and minimum times of the running pattern.',
  }),
  'split-failures': (alert) => ({
    cause: `Phase ${alert.phase} does not clear its queue: ${figures(alert)}.`,
    action:
      alert.advice === undefined
        ? 'Give it green from a phase that has some to spare.'
        : `Move ${alert.advice.seconds} s of split from phase ${alert.advice.fromPhase} to phase ${alert.advice.toPhase}: ${alert.advice.failuresLeft} of these failures would remain if each left one vehicle a lane.`,
  }),
  'detector-silent': (alert) => ({
    cause: `${channelOf(alert)} counts too little: ${figures(alert)}.`,
    action:
      'Check loop, lead-in and card, or what the sensor sees (a closed lane?); put its phase on recall until then.',
  }),
  'detector-stuck': (alert) => ({
    cause: `${channelOf(alert)} stays on: ${figures(alert)}.`,
    action: 'Reset the detector card; until then disable the channel, so that its phase can end.',
  }),
  'detector-chatter': (alert) => ({
    cause: `${channelOf(alert)} goes on and off far too often: ${figures(alert)}.`,
    action: 'Check for a loose lead-in, crosstalk or too high a sensitivity.',
  }),
  'button-silent': (alert) => ({
    cause: `Nobody presses the button of phase ${alert.phase} any more: ${figures(alert)}.`,
    action: 'Press it: if no call arrives, replace the button; put the walk on recall until then.',
  }),
  'button-stuck': (alert) => ({
    cause: `The walk of phase ${alert.phase} is called without a press, or without end: ${figures(alert)}.`,
    action: 'Check the button for a contact that is held, and whether the walk was put on recall on purpose.',
  }),
  'button-chatter': (alert) => ({
    cause: `The button of phase ${alert.phase} reports far too many presses: ${figures(alert)}.`,
    action: 'Check the button and its wire for a loose contact.',
  }),
  'pedestrian-counts': (alert) => ({
    cause: `The pedestrian counts of ${alert.devices.length} signals rose together: ${figures(alert)}.`,
    action: 'Check where the table comes from before the signals: so many buttons do not fail at once.',
  }),
  'clock-drift': (alert) => ({
    cause: `The controller's clock is off: ${figures(alert)}.`,
    action: 'Set the clock (GPS or NTP) and check its source: coordination relies on it.',
  }),
  offset: (alert) => ({
    cause: `The coordinated green begins out of step with the pattern: ${figures(alert)}.`,
    action: 'Check offset, clock and transition of the pattern.',
  }),
};
