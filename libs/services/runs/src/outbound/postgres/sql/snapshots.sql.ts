/** A customer `cu` of cluster `cl` as the contracts' `CustomerSnapshot`, as json. */
export const customerSnapshot = `case when cu.locale is null and cu.time_zone is null
  then json_build_object('id', cu.id, 'code', cu.code, 'name', cu.name, 'clusterCode', cl.code, 'metadata', cu.metadata)
  else json_strip_nulls(json_build_object('id', cu.id, 'code', cu.code, 'name', cu.name, 'clusterCode', cl.code,
    'locale', cu.locale, 'timeZone', cu.time_zone, 'metadata', cu.metadata)) end`;

/** A customer's address `e` as the contracts' `Recipient`, as json. */
export const recipient = `case when e.name is null then json_build_object('kind', e.kind, 'address', e.address)
  else json_build_object('kind', e.kind, 'address', e.address, 'name', e.name) end`;

/** A document `d` as a record's `documents` have it, as json. */
export const pinnedDocument = `case when d.file_name is null
  then json_build_object('transformationKey', d.transformation_key, 'invoiceId', d.invoice_id, 'content',
    json_build_object('key', d.blob_key, 'sha256', d.sha256, 'sizeBytes', d.size_bytes), 'contentType', d.content_type)
  else json_build_object('transformationKey', d.transformation_key, 'invoiceId', d.invoice_id, 'content',
    json_build_object('key', d.blob_key, 'sha256', d.sha256, 'sizeBytes', d.size_bytes), 'contentType', d.content_type,
    'fileName', d.file_name) end`;

/**
 * An invoice `i` as the contracts' `InvoiceSnapshot`, as json; number and issue date may be null (see
 * `invoiceFromJson`): leaving them out here would take the nulls out of the invoice's own data too.
 */
export const invoiceSnapshot = `json_build_object('id', i.id, 'code', i.code, 'number', i.number,
  'revision', i.revision, 'periodFirstDay', i.period_first_day, 'periodLastDay', i.period_last_day,
  'issueDate', i.issue_date, 'currency', i.currency, 'total', plain_decimal(i.total), 'data', i.data)`;
