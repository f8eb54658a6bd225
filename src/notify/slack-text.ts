/** Text that others wrote (names, tags, error messages) made harmless in Slack, and cut to size. */

/** Slack's control characters escaped, so that a tag cannot mention a channel, make a link or format the message. */
export function escapeSlack(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      // Everything but tab and line feed: control characters, and marks that change the direction of what follows.
      .replace(/(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, ' ')
      .replace(/[*_~`]/g, (mark) => `\u200b${mark}`)
      .replace(/@(?=channel|here|everyone)/gi, '@\u200b')
  );
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
