/**
 * DeleteShareGroupOffsets (92). A share group forgets topics (KIP-932).
 */
import { api, arrayOf, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const deleteShareGroupOffsetsRequestTopic = struct({
  topicName: field('0+', string),
})

const deleteShareGroupOffsetsResponseTopic = struct({
  topicName: field('0+', string),
  topicId: field('0+', uuid),
  errorCode: field('0+', int16),
  errorMessage: field('0+', nullable(string), { default: null }),
})

export const deleteShareGroupOffsetsApi = api({
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: '0',
  flexible: '0+',
  request: {
    groupId: field('0+', string),
    topics: field('0+', arrayOf(deleteShareGroupOffsetsRequestTopic)),
  },
  response: {
    throttleTimeMs: field('0+', int32),
    errorCode: field('0+', int16),
    errorMessage: field('0+', nullable(string), { default: null }),
    responses: field('0+', arrayOf(deleteShareGroupOffsetsResponseTopic)),
  },
})
