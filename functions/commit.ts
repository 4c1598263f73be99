/** Commits, reads and describes the offsets of consumer groups. It touches no object. */
import { groupAdminRoutes } from '../lib/http/group-admin-routes.ts'
import { groupOffsetRoutes } from '../lib/http/group-offset-routes.ts'
import { groupMembers } from './group-members.ts'
import { noBucket } from './no-bucket.ts'
import { serveWith } from './serve.ts'

export const handler = serveWith(
  { members: groupMembers.administration },
  'commit',
  noBucket,
  groupOffsetRoutes,
  groupAdminRoutes,
)
