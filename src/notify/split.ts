/** Packs blocks into messages that Slack accepts: the first is the parent, the others follow in its thread. */
import { type Block, blockLength, type Message, maxBlocks, maxMessageText } from './slack-limits.ts';

/** @param fallback text for notifications and clients without blocks */
export function splitMessage(blocks: readonly Block[], fallback: string): Message[] {
  const messages: Block[][] = [[]];
  let length = 0;
  for (const block of blocks) {
    const current = messages.at(-1) ?? [];
    const own = blockLength(block);
    if (current.length > 0 && (current.length >= maxBlocks || length + own > maxMessageText)) {
      messages.push([block]);
      length = own;
      continue;
    }
    current.push(block);
    length += own;
  }
  return messages.map((part, index) => ({ text: index === 0 ? fallback : `${fallback} (${index + 1})`, blocks: part }));
}
