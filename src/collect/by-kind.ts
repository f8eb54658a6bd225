/** Every collector by its kind. Loading it loads their AWS clients: who needs names only takes `kinds.ts`. */
import type { Kind } from '../model/inventory.ts';
import type { Collector } from './collector.ts';
import { collectors } from './index.ts';

export const collectorsByKind: ReadonlyMap<Kind, Collector> = new Map(
  collectors.map((collector) => [collector.kind, collector]),
);
