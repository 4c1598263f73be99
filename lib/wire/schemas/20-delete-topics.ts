/**
 * DeleteTopics (20). Topics to delete, by name or, from version 6 on, by id. Version 5 answers with messages.
 */
import { api, arrayOf, field, int16, int32, nullable, string, struct, uuid } from '../schema.ts'

const deleteTopicState = struct({
  name: field('6+', nullable(string), { default: null }),
  topicId: field('6+', uuid),
})

const deletableTopicResult = struct({
  name: field('0+', nullable(string, '6+')),
  topicId: field('6+', uuid, { ignorable: true }),
  errorCode: field('0+', int16),
  errorMessage: field('5+', nullable(string), { default: null, ignorable: true }),
})

export const deleteTopicsApi = api({
  key: 20,
  name: 'DeleteTopics',
  versions: '1-6',
  flexible: '4+',
  request: {
    topics: field('6+', arrayOf(deleteTopicState)),
    topicNames: field('0-5', arrayOf(string), { ignorable: true }),
    timeoutMs: field('0+', int32),
  },
  response: {
    throttleTimeMs: field('1+', int32, { ignorable: true }),
    responses: field('0+', arrayOf(deletableTopicResult)),
  },
})
