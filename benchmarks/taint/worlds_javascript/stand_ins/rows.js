// What databases answer, and callbacks whose errors belong to the program.
const modules = {};

const ROW = {
  id: 1,
  name: 'known',
  login: 'known',
  role: 'member',
  total: 3,
  email: 'known@site.example',
  password: 'hash',
  url: '/known',
  path: 'known.txt',
  owner: 1,
};

const rows = () => [{ ...ROW }];

function settled(run) {
  try {
    Promise.resolve(run()).catch((error) => world.failed(error));
  } catch (error) {
    world.failed(error);
  }
}

modules['rows'] = () => ({ ROW, rows, settled });

return { modules };
