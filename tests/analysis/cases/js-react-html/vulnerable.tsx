const A = () => <p dangerouslySetInnerHTML={{ __html: comment.text }} />; // expect
const B = () => <div dangerouslySetInnerHTML={{ __html: `<b>${name}</b>` }}></div>; // expect
const C = () => <div dangerouslySetInnerHTML={markup} />; // expect
const D = createElement("div", { dangerouslySetInnerHTML: { __html: props.html } }); // expect
