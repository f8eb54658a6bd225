#!/usr/bin/env node
// Starts src/main.ts. JavaScript, so that an old Node can still say what is missing, and because Node refuses to
// strip types of files below node_modules, which is where an installed package lies.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 12)) {
  process.stderr.write(`costwarden needs Node 24.12 or newer; this is ${process.version}\n`);
  process.exit(2);
}

if (import.meta.url.includes('/node_modules/')) {
  const { readFileSync } = await import('node:fs');
  const { registerHooks, stripTypeScriptTypes } = await import('node:module');
  const own = new URL('../', import.meta.url).href;
  const emitWarning = process.emitWarning.bind(process);
  registerHooks({
    load(url, context, nextLoad) {
      const isOwn = url.startsWith(own) && !url.slice(own.length).startsWith('node_modules/');
      if (!isOwn || !url.endsWith('.ts')) return nextLoad(url, context);
      // Node calls the function experimental once per process; the same stripping is stable for files elsewhere.
      process.emitWarning = () => {};
      const source = stripTypeScriptTypes(readFileSync(new URL(url), 'utf8'));
      process.emitWarning = emitWarning;
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

// Half of a start is compiling what was compiled last time. Without a directory to write to, it is compiled again.
const { enableCompileCache } = await import('node:module');
enableCompileCache();

await import('./main.ts');
