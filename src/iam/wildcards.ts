/**
 * Patterns of IAM: `*` any run of characters, `?` one, nothing else is special; case matters.
 * Not a regular expression: a policy with a thousand stars would keep one busy for hours.
 */
export function matchesWildcards(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  let lastStar = -1;
  let afterStar = 0;
  while (inText < text.length) {
    if (pattern[at] === '*') {
      lastStar = at;
      afterStar = inText;
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === text[inText]) {
      at += 1;
      inText += 1;
    } else if (lastStar !== -1) {
      // The last star takes one character more; earlier ones never need to.
      at = lastStar + 1;
      afterStar += 1;
      inText = afterStar;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
