import { readExport } from './src/collect/exports/files.ts';
const t=performance.now(); let n=0, usd=0;
for await (const l of readExport(process.argv[2]!, {from:'2026-11-01',to:'2026-11-25',engine:process.argv[3] as any})) { n++; usd+=l.usd; }
console.log(process.argv[3], n, usd.toFixed(3), Math.round(performance.now()-t)+' ms', Math.round(process.resourceUsage().maxRSS/1024)+' MB');
