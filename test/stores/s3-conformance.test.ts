import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe } from 'vitest'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { createS3Client } from '../../lib/store/adapters/s3/client.ts'
import { createS3ObjectStore } from '../../lib/store/adapters/s3/object-store.ts'
import { objectStoreConformance } from '../conformance/object-store.ts'

const endpoint = process.env.GREGOR_TEST_MINISTACK

describe.skipIf(endpoint === undefined)('S3, spoken by ministack (npm run test:stores starts it)', () => {
  for (const payload of ['signed', 'unsigned'] as const) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const client = createS3Client({
      region: 'us-east-1',
      endpoint: endpoint ?? 'http://127.0.0.1:1',
      credentials,
      forcePathStyle: true,
      payload,
    })
    const bucket = `conformance-${payload}`
    let opened = 0

    beforeAll(async () => {
      if (endpoint !== undefined) await client.send(new CreateBucketCommand({ Bucket: bucket }))
    })
    afterAll(() => client.destroy())

    objectStoreConformance(
      `S3 with ${payload} bodies`,
      async () => {
        const prefix = `${opened++}/`
        return createS3ObjectStore({ client, bucket, prefix, clock: systemClock, entropy: systemEntropy })
      },
      { runs: 15 },
    )
  }
})
