class Desk {
  async save(visit: Visit) {
    await this.store.put(visit);
  }

  async #notify(visit: Visit) {
    await this.mail.send(visit);
  }

  async book(visit: Visit) {
    this.save(visit); // expect
    this.#notify(visit); // expect
    this.rows.push(visit);
  }

  move = async (visit: Visit) => {
    if (visit.late) this.save(visit); // expect
  };
}
