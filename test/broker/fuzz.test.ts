import { expect, test } from 'vitest'
import { recordedFramesMissing } from '../wire/recorded.ts'
import { fuzz } from './fuzz.ts'

test.skipIf(recordedFramesMissing)('broken requests are answered, or close their connection', async () => {
  const { answered, closed } = await fuzz(20_000, 1)
  expect(answered).toBeGreaterThan(2_000)
  expect(closed).toBeGreaterThan(2_000)
})
