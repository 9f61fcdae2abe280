/** Columns of everything that has a version. */
export interface VersionedRow {
  version: number;
  created_at: Date;
  updated_at: Date;
}

export const versionedOf = (row: VersionedRow) => ({
  version: row.version,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});
