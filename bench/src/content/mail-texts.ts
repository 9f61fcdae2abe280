/** A small mail of 1.5 kB, as whole-run benchmarks render it, for what is measured without a renderer. */
export const smallHtml =
  '<p>Dear customer,</p>\r\n<p>your invoice of this month is ready.</p>\r\n' +
  '<p>Thank you for your business with us.</p>\r\n'.repeat(26) +
  '<p>Kind regards</p>';

export const subject = 'Your invoice';
