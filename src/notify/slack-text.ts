/** Text that others wrote (names, tags, error messages) made harmless in Slack, and cut to size. */

/** One line of foreign text: it can neither mention a channel, nor make a link, format the message or begin a line. */
export function escapeSlack(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replace(/[*_~`]/g, (mark) => `\u200b${mark}`)
    .replace(/@(?=channel|here|everyone)/gi, '@\u200b');
}

/** Cuts at `max` characters, never inside an escape, and says so by an ellipsis. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = text
    .slice(0, max - 1)
    .replace(/&[a-z]{0,3}$/, '')
    .replace(/[\ud800-\udbff]$/, '');
  return `${kept}…`;
}
