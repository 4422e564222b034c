async function save(visit: Visit): Promise<void> {
  await store.put(visit);
}

const notify = async (visit: Visit) => {
  await mail.send(visit);
};

export async function book(visit: Visit) {
  save(visit); // expect
  await notify(visit);
}

const handler = async function (visit: Visit) {
  if (visit.urgent) {
    notify(visit); // expect
  }
  try {
    save(visit); // expect
  } catch (error) {
    log(error);
  }
};

class Desk {
  async close(visit: Visit) {
    for (const other of this.open) notify(other); // expect
  }
}
