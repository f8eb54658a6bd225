/** Blocks as our messages use them, never longer than Slack takes. */
import { type Block, maxSectionText } from './slack-limits.ts';
import { cut } from './slack-text.ts';

export function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', verbatim: true, text: cut(text, maxSectionText) } };
}

export function context(...texts: readonly string[]): Block {
  return {
    type: 'context',
    elements: texts.map((text) => ({ type: 'mrkdwn', verbatim: true, text: cut(text, maxSectionText) })),
  };
}

/** Nothing when the address could break out of the link or is too long to be one. */
export function consoleLink(url: string | undefined): string {
  return url === undefined || url.length > 400 || /[\s<>|]/.test(url) ? '' : ` <${url}|console>`;
}
