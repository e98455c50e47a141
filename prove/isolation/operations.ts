/**
 * What two sessions do at the same time. Each is paired with each, and with itself. `$` stands for
 * the session.
 */
export const operations: Readonly<Record<string, string>> = {
  transfer: "isolation.transfer('ada', 'k$', 'a', 'b', 60)",
  transfer_back: "isolation.transfer('ada', 'k$', 'b', 'a', 60)",
  same_key: "isolation.transfer('ada', 'k', 'a', 'b', 20)",
  batch:
    "isolation.batch('ada', 'k$', false, " +
    "isolation.item('b', 'a', 40), isolation.item('a', 'c', 60))",
  atomic_batch:
    "isolation.batch('ada', 'k$', true, " +
    "isolation.item('a', 'c', 40), isolation.item('b', 'c', 40))",
  gathered: "isolation.gather('ada', 'k$', 'a', 'c', 50)",
  hold: "isolation.hold('ada', 'k$', 'a', 'b', 60)",
  capture: "isolation.capture('ada', 'k$', 'held')",
  release: "isolation.release('ada', 'k$', 'held')",
  expire: "isolation.expire()",
  reverse: "isolation.reverse('k$', 'paid', 30)",
  credit: "isolation.credit('k$', 'a', 10)",
  debit: "isolation.debit('k$', 'a', 60)",
  close: "isolation.set_account('z', 'closed')",
  pay_into_closing: "isolation.transfer('ada', 'k$', 'a', 'z', 10)",
  lower_limit: "isolation.set_account('a', null, 0)",
  freeze: "isolation.set_customer('ada', 'frozen')",
  read: "isolation.read('ada', 'a')",
};

/** A specification of two operations. It demands only that the ledger is whole at the end. */
export function specificationOf(first: string, second: string): string {
  const sessions = [first, second].map(
    (call, index) => `
session s${String(index + 1)}
setup { set lock_timeout = '1s'; set deadlock_timeout = '10ms'; begin; }
step s${String(index + 1)}_asks { select ${call.replaceAll("$", String(index + 1))} as outcome; }
step s${String(index + 1)}_ends { commit; }
`,
  );
  return `setup { do $$ begin perform isolation.open(); end $$; }
teardown { select isolation.verdict() as verdict; }
${sessions.join("")}`;
}
