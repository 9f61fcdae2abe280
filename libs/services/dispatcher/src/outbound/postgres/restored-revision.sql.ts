import { revisionsBeginAt } from '../../domain/restored-revision.js';

/** `restoredRevision` as part of a statement. */
export const restoredRevision = `(floor(extract(epoch from now())) - ${revisionsBeginAt})::int`;
