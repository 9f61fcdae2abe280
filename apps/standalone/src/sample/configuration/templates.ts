/** Razor templates of the sample. `@@` is a plain `@`; `image("logo")` is the logo, sent inside the mail. */

const frame = (content: string) => `<!doctype html>
<html lang="en">
<body style="margin:0;background:#f3f5f8;font-family:Helvetica,Arial,sans-serif;color:#182640">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:24px">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="background:#ffffff;border-radius:8px">
<tr><td style="padding:24px 32px;border-bottom:1px solid #d5dbe3">
  <img src="@image('logo')" width="48" height="48" alt="" style="vertical-align:middle">
  <span style="font-size:20px;font-weight:bold;padding-left:12px">Chinook Music Store</span>
</td></tr>
<tr><td style="padding:24px 32px;font-size:15px;line-height:22px">
${content}
</td></tr>
<tr><td style="padding:16px 32px;border-top:1px solid #d5dbe3;font-size:12px;color:#5b6778">
  Customer @customer.code · This mail was sent automatically. Questions? billing@@chinook.example
</td></tr>
</table>
</td></tr></table>
</body>
</html>`;

const linesTable = `<table width="100%" cellpadding="6" cellspacing="0" style="border-collapse:collapse;font-size:14px">
  <tr style="color:#5b6778">
    <th align="left">Title</th><th align="left">Artist</th><th align="right">Qty</th><th align="right">Amount</th>
  </tr>
  @invoice.data.lines.forEach(function (line) {
    <tr style="border-top:1px solid #d5dbe3">
      <td>@line.description</td>
      <td>@line.artist</td>
      <td align="right">@number(line.quantity)</td>
      <td align="right">@money(line.amount)</td>
    </tr>
  })
  <tr style="border-top:2px solid #182640">
    <td colspan="3"><b>Total</b></td>
    <td align="right"><b>@money(invoice.total)</b></td>
  </tr>
</table>`;

export const invoiceMail = {
  name: 'Your invoice',
  subject: 'Invoice @(invoice.number) of @date(invoice.issueDate, "short")',
  html: frame(`  <p>Dear @customer.name,</p>
  <p>thank you for your purchase. Attached is invoice <b>@invoice.number</b> over <b>@money(invoice.total)</b>
  for the period @date(invoice.periodFirstDay, "short") – @date(invoice.periodLastDay, "short"), as PDF and as CSV for your books.</p>
  ${linesTable}
  <p>The attached archive is encrypted. Open it with the password that we agreed with you, for instance with 7-Zip.</p>`),
  text: `Dear @customer.name,

thank you for your purchase. Attached is invoice @invoice.number over @money(invoice.total)
for the period @date(invoice.periodFirstDay, "short") - @date(invoice.periodLastDay, "short"), as PDF and as CSV for your books.

@(invoice.data.lines.map(function (line) {
  return number(line.quantity) + ' x ' + line.description + ' (' + line.artist + '): ' + money(line.amount);
}).join('\\n'))

Total: @money(invoice.total)

The attached archive is encrypted. Open it with the password that we agreed with you, for instance with 7-Zip.

Customer @customer.code - This mail was sent automatically. Questions? billing@@chinook.example
`,
};

export const paymentReminder = {
  name: 'Payment reminder',
  subject: 'Reminder: invoice @(invoice.number) is still open',
  html: frame(`  <p>Dear @customer.name,</p>
  <p>perhaps it escaped your notice: invoice <b>@invoice.number</b> of @date(invoice.issueDate, "short") over
  <b>@money(invoice.total)</b> is still open. It is attached once more.</p>
  <p>If your payment is on its way, please disregard this mail.</p>`),
  text: `Dear @customer.name,

perhaps it escaped your notice: invoice @invoice.number of @date(invoice.issueDate, "short") over
@money(invoice.total) is still open. It is attached once more.

If your payment is on its way, please disregard this mail.

Customer @customer.code - This mail was sent automatically. Questions? billing@@chinook.example
`,
};

/** One line for each line of the invoice; `csv.row` quotes what needs it. */
export const invoiceCsv = `@(csv.row(['Invoice', 'Date', 'Title', 'Artist', 'Album', 'Quantity', 'Price', 'Amount', 'Currency']))
@(invoice.data.lines.map(function (line) {
  return csv.row([invoice.number, invoice.issueDate, line.description, line.artist, line.album,
    line.quantity, line.unitPrice, line.amount, invoice.currency]);
}).join('\\n'))
`;
