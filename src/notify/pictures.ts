/** Pictures of messages: drawn and uploaded when they are sent, and left out whenever that does not work. */
import type { Logger } from '../log.ts';
import { SlackRefusal, type SlackSink } from './slack.ts';
import type { Message } from './slack-limits.ts';
import { type Picture, slackSink } from './slack-payload.ts';

export type Pictures = {
  /** @returns Slack's id of the file, undefined when the message has to go without it */
  upload(picture: Picture, key: string): Promise<string | undefined>;
};

/** For one delivery: what Slack refuses for good (a missing scope, files switched off) is not tried with the next one. */
export function createPictures({ sink, log }: { readonly sink: SlackSink; readonly log: Logger }): Pictures {
  let isRefused = false;
  return {
    async upload({ chart, altText }, key) {
      if (isRefused) return undefined;
      try {
        // Loaded only now: most deliveries have no picture.
        const [{ chartSvg }, { pngOf }] = await Promise.all([import('./chart.ts'), import('./chart-png.ts')]);
        const bytes = await pngOf(chartSvg(chart));
        return await sink.upload({ name: `${key.replace(/[^\w-]/g, '-')}.png`, altText, bytes });
      } catch (error) {
        isRefused = error instanceof SlackRefusal;
        log.warn({ sink: slackSink, key, err: error }, 'message goes without its picture');
        return undefined;
      }
    },
  };
}

/** The picture in place of the block that says the same in text. */
export function withPicture(message: Message, picture: Picture | undefined): Message {
  if (picture === undefined || picture.fileId === null) return message;
  const { replaces, fileId, altText } = picture;
  return {
    ...message,
    blocks: message.blocks.with(replaces, { type: 'image', slack_file: { id: fileId }, alt_text: altText }),
  };
}
