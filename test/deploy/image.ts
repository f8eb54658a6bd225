/**
 * `npm run test:image`: the steps of the Dockerfile replayed in a temporary folder, without an engine. COPY takes what
 * .dockerignore lets through, RUN of the first stage is run as it stands there; the result is made read-only and started
 * as the image's user (root runs this) with one writable folder. Not covered: the base image and RUN in the last stage.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { contextFiles, copyOf, readFile, root, type Stage, stagesOf } from './build-context.ts';

const work = mkdtempSync(join(tmpdir(), 'costwarden-image-'));
const stages = stagesOf(readFile('Dockerfile'));
const last = stages.at(-1) ?? [];
const files = contextFiles();
const image = join(work, 'image');
const app = join(image, 'app');
const state = join(image, 'var/lib/costwarden');
const isRoot = process.getuid?.() === 0;
const [uid = 0, gid = 0] = (contentOf(last, 'USER') ?? '').split(':').map(Number);
const entry = JSON.parse(contentOf(last, 'ENTRYPOINT') ?? '[]').map((word: string) => word.replace(/^\/app/, app));

function contentOf(stage: Stage, keyword: string): string | null | undefined {
  return stage.find((instruction) => instruction.getKeyword() === keyword)?.getArgumentsContent();
}

function buildDependencies(): void {
  const [first = []] = stages;
  const folder = join(work, 'dependencies/app');
  mkdirSync(folder, { recursive: true });
  for (const instruction of first) {
    if (instruction.getKeyword() === 'COPY')
      for (const source of copyOf(instruction).sources) copyFromContext(source, folder);
    if (instruction.getKeyword() !== 'RUN') continue;
    const script = (instruction.getArgumentsContent() ?? '').replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, '');
    execFileSync('sh', ['-ec', script], { cwd: folder, stdio: 'inherit' });
  }
}

function copyFromContext(source: string, target: string): void {
  const found = files.filter((file) => file === source || file.startsWith(`${source}/`));
  ok(found.length > 0, `${source} is not in the build context`);
  for (const file of found) {
    const path = join(target, file === source ? file : file.slice(source.length + 1));
    mkdirSync(dirname(path), { recursive: true });
    cpSync(join(root, file), path);
  }
}

function buildImage(): void {
  for (const instruction of last) {
    if (instruction.getKeyword() !== 'COPY') continue;
    const { from, sources, target } = copyOf(instruction);
    for (const source of sources) {
      if (from !== undefined)
        cpSync(join(work, from, source), join(image, target), { recursive: true, verbatimSymlinks: true });
      else copyFromContext(source, join(image, target));
    }
  }
  mkdirSync(state, { recursive: true });
  if (isRoot) chownSync(state, uid, gid);
}

/** What an operator mounts or installs: a check in TypeScript, and a plug-in package in JavaScript. */
function addPlugins(): void {
  const check = (id: string): string => `import { defineCheck, z } from 'costwarden/check';
export default defineCheck({ id: '${id}', title: 'One of our own', severity: 'info', needs: ['ec2.vpc'], options: z.strictObject({}),
  docs: { why: 'To try.', fix: 'Nothing.', sources: ['us'] }, *evaluate() {} });\n`;
  writeFileSync(
    join(app, 'checks/local/own.ts'),
    check('ec2-own-mounted').replace('export', 'type Typed = string;\nexport'),
  );
  const plugin = join(app, 'node_modules/own-plugin');
  mkdirSync(plugin);
  writeFileSync(join(plugin, 'package.json'), '{"name":"own-plugin","type":"module","exports":"./index.js"}');
  writeFileSync(join(plugin, 'index.js'), check('ec2-own-plugin'));
}

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const [, ...script] = entry;
  const [program = '', ...before] = isRoot
    ? ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', process.execPath]
    : [process.execPath];
  const clean = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    NODE_ENV: 'production',
    NODE_DISABLE_COMPILE_CACHE: '1',
    TMPDIR: state,
    ...env,
  };
  return spawn(program, [...before, ...script, ...args], {
    cwd: state,
    env: clean,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
}

async function run(
  args: readonly string[],
  env?: Record<string, string>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start(args, env);
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (piece: Buffer) => (said.stdout += piece));
  child.stderr?.on('data', (piece: Buffer) => (said.stderr += piece));
  const [code] = await once(child, 'close');
  return { code, ...said };
}

async function step(name: string, look: () => void | Promise<void>): Promise<void> {
  await look();
  process.stdout.write(`ok  ${name}\n`);
}

try {
  chmodSync(work, 0o755);
  await step('the first stage installs', buildDependencies);
  await step('the last stage copies', buildImage);
  await step('no development dependency, no test, no type file came along', () => {
    const { packages }: { packages: Record<string, { dev?: boolean }> } = JSON.parse(readFile('package-lock.json'));
    for (const [path, { dev }] of Object.entries(packages)) if (dev === true) ok(!existsSync(join(app, path)), path);
    deepEqual(readdirSync(app).sort(), [
      'CHANGELOG.md',
      'LICENSE',
      'checks',
      'config',
      'deploy',
      'node_modules',
      'package.json',
      'src',
    ]);
    const all = execFileSync('find', [join(app, 'node_modules'), '-type', 'f'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    deepEqual(
      all.filter((file) => /\.d\.[cm]?ts$|\.map$/.test(file)),
      [],
    );
    process.stdout.write(`    ${all.length} files in node_modules\n`);
  });
  addPlugins();
  execFileSync('chmod', ['-R', 'a-w', app]);

  await step('it starts as the user of the image and says its version', async () => {
    const { code, stdout } = await run(['--version']);
    equal(stdout.trim(), JSON.parse(readFile('package.json')).version);
    equal(code, 0);
  });
  await step('the demo runs with one writable folder and leaves nothing there', async () => {
    const { code, stdout, stderr } = await run(['demo']);
    equal(code, 0, stderr);
    match(stdout, /\/month/);
    deepEqual(readdirSync(state), []);
  });
  await step('mounted checks and plug-in packages load', async () => {
    const env = { COSTWARDEN_CONFIG_YAML: 'checks: { plugins: [own-plugin] }' };
    const { code, stderr, stdout } = await run(['role', '--check', 'ec2-own-*'], env);
    equal(code, 0, stderr);
    match(stdout, /ec2:DescribeVpcs/);
    equal((await run(['role', '--check', 'ec2-own-plugin'])).code, 2, 'without the config there is no such check');
  });
  await step('templates for a role are in the image', async () => {
    const { stdout } = await run(['role', '--format', 'cloudformation']);
    ok('AuditRole' in JSON.parse(stdout).Resources);
  });
  await step('the daemon keeps its state in the writable folder and ends well on SIGTERM', async () => {
    const child = start(['schedule']);
    child.stdout?.resume();
    const exit = once(child, 'exit');
    for await (const piece of child.stderr ?? []) if (String(piece).includes('waiting for the next run')) break;
    child.kill('SIGTERM');
    const [code, signal] = await exit;
    equal(signal, null);
    equal(code, 0);
    ok(readdirSync(state).includes('costwarden.db'));
  });
  process.stdout.write('image: all steps passed\n');
} finally {
  execFileSync('chmod', ['-R', 'u+w', work]);
  rmSync(work, { recursive: true, force: true });
}
