/** How the SDK's clients and the program reach moto. */
import { inject } from 'vitest';

/** Variables for a child process, or for this one. moto's own account is 123456789012. */
export function motoEnvironment(): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: inject('motoUrl'),
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

export function motoClient(region = 'us-east-1') {
  return {
    endpoint: inject('motoUrl'),
    region,
    credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
  };
}
