/** Slack messages as a person would see them, for a terminal. */
import { printable } from './rank.ts';
import type { Block } from './slack-limits.ts';

type Shown = {
  readonly blocks?: readonly Block[] | undefined;
  readonly text: string;
  readonly threadTs?: string | undefined;
};

/** @param channel with its `#` */
export function messageText(channel: string, messages: readonly Shown[]): string {
  if (messages.length === 0) return '';
  const lines = [`──── Slack ${channel} `.padEnd(78, '─')];
  for (const [index, { blocks = [], text, threadTs }] of messages.entries()) {
    const indent = threadTs === undefined ? '│ ' : '│    ↳ ';
    if (index > 0 && threadTs === undefined) lines.push(`├${'─'.repeat(77)}`);
    const body = blocks.length === 0 ? [text] : blocks.flatMap(blockLines);
    for (const line of body) lines.push(`${indent}${line}`);
  }
  return `${lines.join('\n')}\n${'─'.repeat(78)}\n\n`;
}

function blockLines(block: Block): string[] {
  switch (block.type) {
    case 'header':
      return [block.text.text.toUpperCase(), ''];
    case 'section':
      return [...plain(block.text.text).split('\n'), ''];
    case 'context':
      return block.elements.map((element) => plain(element.text));
    case 'image':
      return [`[picture: ${printable(block.alt_text)}]`, ''];
    case 'divider':
      return ['· · ·'];
  }
}

/** Slack's markup as a terminal shows it: no escapes, no marks, links by their name. */
function plain(text: string): string {
  // Code first: what stands in it is shown as it is.
  const parts = text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 === 1 ? part : withoutMarks(part)));
  const shown = parts
    .join('')
    .replaceAll('\u200b', '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
  return shown.split('\n').map(printable).join('\n');
}

function withoutMarks(text: string): string {
  return text
    .replace(/<([^|>]+)\|([^>]+)>/g, '[$2]')
    .replace(/(^|[^\u200b])\*([^*\n]+)\*/g, '$1$2')
    .replace(/(^|\s)_([^_\n]+)_/g, '$1$2');
}
