/**
 * FindCoordinator (10). Which broker coordinates a group (0), a transactional id (1) or a share group's partition (2).
 * Versions to 3 ask for one key, 4 and up for many at once (KIP-699); 1 brings the key's type, 6 share groups.
 */
import { api, arrayOf, field, int8, int16, int32, nullable, string, struct } from '../schema.ts'

const coordinator = struct({
  key: field('4+', string),
  nodeId: field('4+', int32),
  host: field('4+', string),
  port: field('4+', int32),
  errorCode: field('4+', int16),
  errorMessage: field('4+', nullable(string), { ignorable: true }),
})

export const findCoordinatorApi = api({
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  request: {
    key: field('0-3', string),
    keyType: field('1+', int8, { default: 0 }),
    coordinatorKeys: field('4+', arrayOf(string)),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    errorCode: field('0-3', int16),
    errorMessage: field('1-3', nullable(string), { ignorable: true }),
    nodeId: field('0-3', int32),
    host: field('0-3', string),
    port: field('0-3', int32),
    coordinators: field('4+', arrayOf(coordinator)),
  },
})
