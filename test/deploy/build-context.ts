/** What `docker build` would see and copy: the ignore file's rules and the Dockerfile's instructions, without an engine. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';

export const root = new URL('../../', import.meta.url).pathname;

export function readFile(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8');
}

/** The instructions of one build stage, its FROM first. */
export type Stage = readonly Instruction[];

export function stagesOf(dockerfile: string): Stage[] {
  const stages: Instruction[][] = [];
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    if (instruction.getKeyword() === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** Sources and target of a COPY, and the stage it copies from (`undefined` = the build context). */
export function copyOf(instruction: Instruction): {
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
} {
  const words = instruction.getArguments().map((word) => word.getValue());
  const from = (instruction as Copy).getFromFlag()?.getValue() ?? undefined;
  return { from, sources: words.slice(0, -1), target: words.at(-1) ?? '' };
}

/**
 * Whether the ignore file keeps a path out of the build context. As in Docker, the last rule that matches decides, and a
 * rule matches what lies below it as well.
 */
export function isIgnored(path: string, ignoreFile: string): boolean {
  let ignored = false;
  for (const line of ignoreFile.split('\n').map((text) => text.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const isException = line.startsWith('!');
    if (toPattern(isException ? line.slice(1) : line).test(path)) ignored = !isException;
  }
  return ignored;
}

function toPattern(rule: string): RegExp {
  const body = rule
    .replace(/^\/|\/$/g, '')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      if (part === '?') return '[^/]';
      return part.replace(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
    });
  return new RegExp(`^${body.join('')}(?:/.*)?$`);
}

/** Files of the checkout that would be sent to the builder. */
export function contextFiles(): string[] {
  const rules = readFile('.dockerignore');
  // Folders that hold nothing but what is ignored are not walked: node_modules has tens of thousands of files.
  return readdirSync(root, { withFileTypes: true })
    .filter(({ name }) => !isIgnored(name, rules))
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name];
      return readdirSync(`${root}${entry.name}`, { withFileTypes: true, recursive: true })
        .filter((inner) => !inner.isDirectory())
        .map((inner) => `${inner.parentPath}/${inner.name}`.slice(root.length));
    })
    .filter((path) => !isIgnored(path, rules))
    .sort();
}
