import { render } from "./page";

async function save(visit: Visit) {
  await store.put(visit);
}

function paint(visit: Visit) {
  canvas.draw(visit);
}

async function book(visit: Visit) {
  await save(visit);
  void save(visit);
  save(visit).catch(log);
  const pending = save(visit);
  paint(visit);
  setTimeout(() => { save(visit); }, 10);
  await pending;
}

class Desk {
  async render(visit: Visit) {
    render(visit);
    await save(visit);
  }

  async each(save: (visit: Visit) => void) {
    await Promise.resolve();
  }
}

function main() {
  save(first);
}

save(last);
