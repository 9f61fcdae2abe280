/** Of the customer `c`: addresses by recipient key, in their order, as one JSON object. */
export const customerEmails = `coalesce((select jsonb_object_agg(e.recipient_key, e.list) from (
    select recipient_key, jsonb_agg(jsonb_strip_nulls(jsonb_build_object('kind', kind, 'address', address, 'name', name)) order by position) as list
    from customer_emails where customer_id = c.id group by recipient_key) as e), '{}')`;
