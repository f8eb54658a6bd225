import { measureDay } from './detection-day.ts';
const f = await measureDay(Number(process.env['N'] ?? 300));
console.log(f, Math.round(f.series / (f.cpuMs / 1000)), 'series/s');
