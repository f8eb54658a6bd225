/**
 * What Slack accepts of the blocks we use. Asserted in every renderer test and obeyed by the splitter.
 * Sources: Block Kit reference; the undocumented sum of about 13,200 characters (bolt-js issue 2509). Read 2026-11-23.
 */
import { z } from 'zod';

export const maxBlocks = 50;
export const maxSectionText = 3000;
const maxHeaderText = 150;
const maxContextElements = 10;
const maxAltText = 2000;
/** Below Slack's own sum, because it counts more than we see. */
export const maxMessageText = 12_000;

const plainText = z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(maxHeaderText) });
/** `verbatim`: Slack must not turn names and addresses of its own accord into mentions and links. */
const mrkdwn = z.strictObject({
  type: z.literal('mrkdwn'),
  verbatim: z.literal(true),
  text: z.string().min(1).max(maxSectionText),
});

const blockSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: plainText }),
  z.strictObject({ type: z.literal('section'), text: mrkdwn }),
  z.strictObject({
    type: z.literal('context'),
    elements: z.array(mrkdwn).min(1).max(maxContextElements),
  }),
  z.strictObject({ type: z.literal('divider') }),
  z.strictObject({
    type: z.literal('image'),
    slack_file: z.strictObject({ id: z.string().regex(/^F[A-Z0-9]{8,}$/) }),
    alt_text: z.string().min(1).max(maxAltText),
  }),
]);

export const messageSchema = z
  .strictObject({ text: z.string().min(1).max(4000), blocks: z.array(blockSchema).min(1).max(maxBlocks) })
  .refine(
    ({ blocks }) => blocks.map(blockLength).reduce((sum, length) => sum + length, 0) <= maxMessageText,
    'blocks hold too much text',
  );

export type Block = z.output<typeof blockSchema>;
export type Message = z.output<typeof messageSchema>;

/** Characters a block adds to the message's sum. */
export function blockLength(block: Block): number {
  switch (block.type) {
    case 'header':
    case 'section':
      return block.text.text.length;
    case 'context':
      return block.elements.map((element) => element.text.length).reduce((sum, length) => sum + length, 0);
    case 'image':
      return block.alt_text.length;
    case 'divider':
      return 0;
  }
}
