import { existsSync } from 'node:fs';
import { DockerfileParser, type Entrypoint, type From, type Volume } from 'dockerfile-ast';
import { describe, expect, test } from 'vitest';
import { contextFiles, copyOf, isIgnored, readFile, type Stage, stagesOf } from './build-context.ts';

const text = readFile('Dockerfile');
const stages = stagesOf(text);
const final = stages.at(-1) ?? [];
const manifest: { devDependencies: Record<string, string>; files: string[]; version: string } = JSON.parse(
  readFile('package.json'),
);

function all(stage: Stage, keyword: string): string[] {
  return stage
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArgumentsContent() ?? '');
}

function position(stage: Stage, find: RegExp): number {
  return stage.findIndex((instruction) => find.test(instruction.toString()));
}

describe('the image', () => {
  test('has stages of one base, which is an argument pinned to the Node that the tests run on', () => {
    const [base] = DockerfileParser.parse(text).getInitialARGs();
    expect(base?.getProperty()?.getName()).toBe('NODE_IMAGE');
    expect(base?.getProperty()?.getValue()).toBe(`node:${manifest.devDependencies['node']}-bookworm-slim`);
    expect(stages.length).toBeGreaterThan(1);
    for (const [from] of stages) {
      expect((from as From).getImage()).toBe('$' + '{NODE_IMAGE}');
      expect((from as From).getRegistry()).toBeNull();
    }
  });

  test('holds production dependencies only, from the lock file, without install scripts', () => {
    const [install, ...others] = stages
      .flatMap((stage) => all(stage, 'RUN'))
      .filter((run) => /\bnpm\b/.test(run) && /\b(ci|install|add)\b/.test(run));
    expect(others).toEqual([]);
    expect(install).toMatch(/^npm ci --omit=dev --ignore-scripts\b/);
    const [dependencies = []] = stages;
    expect(position(dependencies, /^COPY package\.json package-lock\.json/)).toBeLessThan(
      position(dependencies, /npm ci/),
    );
    expect(all(final, 'RUN').join('\n')).toMatch(/rm -rf .*\/usr\/local\/lib\/node_modules/);
  });

  test('copies dependencies before sources, so that a change of code reuses their layer', () => {
    expect(position(final, /^COPY --from=/)).toBeGreaterThan(0);
    expect(position(final, /^COPY --from=/)).toBeLessThan(position(final, /^COPY .*src/));
  });

  test('runs as a numbered user without rights, set after everything that needs them', () => {
    expect(all(final, 'USER')).toEqual(['1000:1000']);
    const later = final.slice(position(final, /^USER/) + 1).map((instruction) => instruction.getKeyword());
    expect(later).not.toContain('RUN');
    expect(later).not.toContain('COPY');
  });

  test('starts node itself, so that it gets SIGTERM', () => {
    const entry = final.filter((instruction) => instruction.getKeyword() === 'ENTRYPOINT') as Entrypoint[];
    expect(entry.map((line) => line.getJSONStrings().map((word) => word.getJSONValue()))).toEqual([
      ['node', '--max-semi-space-size=8', '--max-old-space-size=256', '/app/src/bin.js'],
    ]);
    expect(all(final, 'CMD')).toEqual(['["--help"]']);
  });

  test('writes to one folder only, which belongs to the user and where relative paths begin', () => {
    const state = '/var/lib/costwarden';
    const volumes = final.filter((instruction) => instruction.getKeyword() === 'VOLUME') as Volume[];
    expect(volumes.map((line) => line.getJSONStrings().map((word) => word.getJSONValue()))).toEqual([[state]]);
    expect(all(final, 'WORKDIR').at(-1)).toBe(state);
    expect(all(final, 'ENV').join(' ')).toContain(`TMPDIR=${state}`);
    const owned = position(final, new RegExp(`chown 1000:1000 ${state}`));
    expect(owned).toBeGreaterThan(0);
    // What is changed below a volume after VOLUME is lost.
    expect(owned).toBeLessThan(position(final, /^VOLUME/));
  });

  test('listens on nothing, fetches nothing by ADD, holds no secret and no health check', () => {
    const keywords = stages.flat().map((instruction) => instruction.getKeyword());
    for (const unwanted of ['EXPOSE', 'ADD', 'HEALTHCHECK', 'ONBUILD', 'SHELL'])
      expect(keywords).not.toContain(unwanted);
    for (const stage of stages)
      for (const line of [...all(stage, 'ENV'), ...all(stage, 'ARG')])
        expect(line).not.toMatch(/token|secret|password|key/i);
  });

  test('gives plug-ins the package under its own name', () => {
    expect(all(stages[0] ?? [], 'RUN').join('\n')).toMatch(/ln -s \.\. node_modules\/costwarden/);
  });

  test('carries its version and the licence', () => {
    expect(all(final, 'LABEL').join(' ')).toContain('org.opencontainers.image.licenses="Apache-2.0"');
    expect(all(final, 'ARG')).toContain(`VERSION=${manifest.version}`);
    expect(text).toMatch(/^COPY .*\bLICENSE\b/m);
  });
});

describe('the build context', () => {
  const files = contextFiles();
  const copied = stages
    .flat()
    .filter((instruction) => instruction.getKeyword() === 'COPY')
    .map(copyOf)
    .filter(({ from }) => from === undefined)
    .flatMap(({ sources }) => sources);

  test('has everything that the Dockerfile copies', () => {
    for (const source of copied)
      expect(
        files.some((file) => file === source || file.startsWith(`${source}/`)),
        source,
      ).toBe(true);
  });

  test('has nothing else', () => {
    expect(files.filter((file) => !copied.some((source) => file === source || file.startsWith(`${source}/`)))).toEqual(
      [],
    );
  });

  test('has what the package has', () => {
    for (const file of manifest.files.filter((name) => existsSync(name))) expect(copied, file).toContain(file);
  });

  test.each([
    '.git/HEAD',
    '.venv/bin/python',
    '.venv-templates/bin/python',
    'node_modules/zod/package.json',
    'test/deploy/dockerfile.test.ts',
    'bench/bench.ts',
    '.env',
    'config/.env.local',
    'checks/local/state.db',
    'src/costwarden.db-wal',
    'costwarden.yaml',
  ])('leaves %s out', (path) => {
    expect(isIgnored(path, readFile('.dockerignore'))).toBe(true);
  });

  test.each([
    ['*', 'a/b.ts', true],
    ['*\n!src', 'src/main.ts', false],
    ['*\n!src\nsrc/**/*.log', 'src/a/b.log', true],
    ['*\n!src\n**/*.log', 'src/b.log', true],
    ['*.log', 'src/b.log', false],
    ['src', 'srcs/a', false],
  ])('is read as Docker does: %j', (rules, path, ignored) => {
    expect(isIgnored(path, rules)).toBe(ignored);
  });
});
