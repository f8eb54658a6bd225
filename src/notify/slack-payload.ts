/** What the outbox keeps of a Slack message until it is sent, and of one with a memory afterwards. */
import type { Json } from '../model/finding.ts';
import type { IncidentChart } from './chart.ts';
import type { Message } from './slack-limits.ts';

export const slackSink = 'slack';
/** Keys of messages that tell one incident each. */
export const incidentPrefix = 'incident:';

export type SlackPayload = {
  readonly message: Message;
  /** Key of the row in whose thread it stands. */
  readonly parent: string | null;
  readonly picture?: Picture;
  /** What the planner wants to know of the message later; kept when the rest is dropped. */
  readonly note?: Json;
};

/** Drawn and uploaded when the message is sent, and shown in place of one of its blocks. */
export type Picture = {
  readonly chart: IncidentChart;
  readonly altText: string;
  /** Index of the block that says the same in text. */
  readonly replaces: number;
  /** Of what is drawn: the same picture is not uploaded twice. */
  readonly hash: string;
  /** Slack's id of it; `null` = not uploaded yet. */
  readonly fileId: string | null;
};

/** What is left of a payload when its message is sent. */
export type SentPayload = {
  readonly note: Json;
  /** The picture that the message shows. */
  readonly file: { readonly hash: string; readonly id: string } | null;
};
