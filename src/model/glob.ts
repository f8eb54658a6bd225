/** Globs as operators write them in the config: `*` any run of characters, `?` one. Case matters, as in AWS. */
export function matchesGlob(glob: string, text: string): boolean {
  const escaped = glob
    .replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's').test(text);
}
