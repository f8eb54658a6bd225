/** `costwarden checks new <id>`: the skeleton of a check and its test, in the place where they belong. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, exitCodes } from '../errors.ts';
import type { CommandContext } from './program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Folder of a check by the first word of its id, where the two differ. */
const folders: Readonly<Record<string, string>> = { nat: 'vpc', public: 'vpc', tag: 'tags' };

export async function newCheck(id: string, { io }: CommandContext): Promise<number> {
  const [service = '', ...words] = id.split('-');
  if (!/^[a-z0-9]+(-[a-z0-9]+)+$/.test(id) || words.length === 0) {
    throw new ConfigError(`${id}: a check id is <service>-<resource>-<what-is-wrong>, in lower case`);
  }
  const folder = folders[service] ?? service;
  const name = folder === service ? words.join('-') : id;
  const check = join(root, 'checks', folder, `${name}.ts`);
  const test = join(root, 'test', 'checks', folder, `${name}.test.ts`);
  for (const file of [check, test])
    if (existsSync(file)) throw new ConfigError(`${relative(process.cwd(), file)} exists already`);

  write(check, checkSkeleton(id));
  write(test, testSkeleton(folder, name));
  const files = [check, test].map((file) => relative(process.cwd(), file));
  io.stdout.write(`wrote ${files.join(' and ')}\nnext: fill them in, then npm run generate && npm test\n`);
  return exitCodes.complete;
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { flag: 'wx' });
}

function checkSkeleton(id: string): string {
  return `import { defineCheck, z } from 'costwarden/check';

export default defineCheck({
  id: '${id}',
  title: 'What is wrong, in a few words',
  severity: 'medium',

  // Also decides the audit role: each collector brings its IAM actions.
  needs: ['ec2.vpc'],

  options: z.strictObject({}),

  docs: {
    why: 'Why it costs money or invites it.',
    fix: 'What to do, in one sentence.',
    sources: ['Name of the AWS page that says so'],
  },

  *evaluate({ inventory }) {
    for (const vpc of inventory.list('ec2.vpc')) {
      if (vpc.isDefault) continue;
      yield {
        resource: vpc,
        summary: \`\${vpc.id} is …\`,
        evidence: { vpcId: vpc.id },
        // Usage per month that stops after the fix; [] = costs nothing; undefined = not known.
        savableUsage: undefined,
      };
    }
  },
});
`;
}

function testSkeleton(folder: string, name: string): string {
  return `import check from '../../../checks/${folder}/${name}.ts';
import { vpc } from '../../support/builders.ts';
import { testCheck } from '../../support/check-tester.ts';

testCheck(check, {
  clean: [{ name: 'the near miss: looks like it and is not', resources: { 'ec2.vpc': [vpc({ isDefault: true })] } }],
  findings: [
    { name: 'the hit', resources: { 'ec2.vpc': [vpc({ id: 'vpc-1' })] }, expect: [{ resourceId: 'vpc-1' }] },
  ],
});
`;
}
