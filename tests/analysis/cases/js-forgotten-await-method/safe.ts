class Desk {
  async save(visit: Visit) {
    await this.store.put(visit);
  }

  log(visit: Visit) {
    console.log(visit);
  }

  async book(visit: Visit) {
    await this.save(visit);
    void this.save(visit);
    this.save(visit).catch(report);
    this.log(visit);
    other.save(visit);
  }

  start() {
    this.save(this.first);
  }
}
