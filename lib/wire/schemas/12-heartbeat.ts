/**
 * Heartbeat (12). A member of a classic group is alive. Version 3 has static members.
 */
import { api, field, int16, int32, nullable, string } from '../schema.ts'

export const heartbeatApi = api({
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  request: {
    groupId: field('0+', string),
    generationId: field('0+', int32),
    memberId: field('0+', string),
    groupInstanceId: field('3+', nullable(string), { default: null }),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    errorCode: field('0+', int16),
  },
})
