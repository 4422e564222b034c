class Seeds
{
    int Loop(int limit)
    {
        int total = 0;
        for (int i = 0, j = limit; i < j; i++, j--)
        {
            total += i * (j - 1) % 7;
            if ((total & 1) == 0 && i != 3) continue;
            else if (total > 1_000 || j < -2) break;
        }
        return (total << 1) + limit;
    }

    string Words(string line)
    {
        var found = new StringBuilder();
        foreach (var word in line.Split(' ', ','))
        {
            var trimmed = word.Trim();
            if (trimmed.Length > 0)
            {
                found.Append(trimmed).Append(found.Length > 3 ? "; " : @"\");
            }
        }
        return found.ToString() + "\t" + 'x' + '\'';
    }

    int Parse(string given)
    {
        int value;
        if (int.TryParse(given, out value)) { return value; }
        if (Try(given, out var other) && other > 0x1F) return other + x;
        return Try(given + "1", out int third) ? third : -1;
    }

    object Patterns(object given)
    {
        if (given is string text && text.Length > 1) { return text[0]; }
        var found = given as Node;
        if (found == null) { return given is int; }
        return found.Next?.Name ?? "none";
    }

    int Cast(long given)
    {
        var small = (int)given;
        var minus = (int)-given + (int)(-given);
        var other = (small) - (minus);
        return (int)(given * 2) - (small + other) + (a) - b;
    }

    Vector Vectors(Vector one, Vector two)
    {
        var sum = one + two * 3;
        if (one < two == sum > one) { sum = -sum; }
        return (sum - one) - (two - v);
    }

    bool Tests(object given, bool one)
    {
        var two = one == given is Node && q || p;
        two |= one && given is int || q;
        two ^= p == (given is Node && one) | one == (given is string || q);
        if (one || p && (given is Node || q)) { two = !two; }
        return given is Node == one & two || !(given is int && one);
    }

    long Mixed(long one, int two)
    {
        var three = one * (this.a) - two + (node.Value) - x * (a) + b;
        var four = (int)one - (y) + (z) * -two;
        var five = list[(i) - 1] + (count) / 2 - (two < x ? 1 : 2);
        return three << (four & 3) | (five ^ two) & ~(three);
    }

    unsafe int Places(Vector* one, int* two)
    {
        var three = one->X + (*one).Y - *two * *two;
        int* four = &two[1];
        (*four)++;
        return three - (*two) + two[0] & *four;
    }

    bool Logic(bool one, bool two)
    {
        var three = one && two || !one && q;
        three |= one ^ two & p;
        three = one ? two : three ? p : q;
        return (one || two) && (three || p) != (a < b == c > i);
    }

    void Lambdas(int given)
    {
        Func<int, int> twice = one => one * 2;
        Func<int, int, int> add = (one, two) => { var sum = one + two; return sum; };
        int outer = given + 1;
        Act(() => F(outer));
        Act(() => { F(given); });
        total = Call(delegate (int each) { int inner = each + outer; return inner; }) + twice(add(1, 2));
    }

    string Trees(int given)
    {
        var limit = given + 1;
        var size = 2;
        return Show(each => each > limit) + size + Show(one => one == 3);
    }

    int Queries()
    {
        var floor = 1;
        var found = from item in items
                    let square = item * item
                    where square > floor
                    orderby square descending
                    select new { item, square };
        var ceiling = found.Count();
        return found.Sum(each => each.square + each.item) + ceiling;
    }

    object Members()
    {
        var made = new Node { Value = a, Name = name, Next = new Node { Value = 1, }, };
        var numbers = new List<int> { 1, x, 3, };
        int[] fixedOnes = { 1, 2, y, };
        made[2] = fixedOnes[1];
        var shown = new { made, numbers.Count, Third = z };
        return shown.Third + Node.Count + made[numbers[0]];
    }

    (int first, int second) Tuples(int one)
    {
        var two = 2;
        var pair = (one, two: two + 1);
        int left = pair.Item1, right = pair.two;
        return (left, right);
    }

    string Interpolated(int one)
    {
        var two = one + 1;
        var told = $"{one:D3} and {two,5} or {(two > 1 ? "yes" : "no")} {{x}}";
        return told + $@"a ""b"" {one}\" + @"C:\x" + "C:\\x" + "\x41\u0042\0";
    }

    void Exceptions()
    {
        try
        {
            int inner = a / b;
            checked { inner += int.MaxValue; }
            throw new InvalidOperationException("no: " + inner);
        }
        catch (InvalidOperationException problem) when (problem.Message.Length > 3)
        {
            text = problem.Message;
        }
        catch (Exception)
        {
            throw;
        }
        finally
        {
            var last = unchecked(count * 2);
            total = last;
        }
    }

    int Switches(int given)
    {
        switch (given)
        {
            case 1:
            case 2:
                int found = given;
                return found;
            case (3):
                goto case 1;
            default:
                break;
        }
        int again = 0;
    top:
        again++;
        if (again < 3) goto top;
        do { again--; } while (again > 0);
        return again;
    }

    void References()
    {
        int mine = 1;
        Change(ref mine);
        Change(ref (x));
        mine += Named(second: 1, first: mine) + Sum(mine, 1, 2) + Sum();
        AssertThat(mine > 1);
        text = nameof(mine) + mine;
        lock (node) { node.Value = mine; }
    }

    System.Collections.Generic.IEnumerable<int> Iterated(int given)
    {
        int step = 1;
        while (step < given)
        {
            yield return step;
            step *= 2;
        }
        if (step == 2) yield break;
        using (var reader = new System.IO.StringReader("x")) { yield return reader.Read(); }
    }

    unsafe int Pointers(int given)
    {
        int* place = &given;
        fixed (int* first = &items[0]) { *first = *place * 2; }
        return *place - -given + ~given;
    }

    double Numbers()
    {
        var one = 1m + 2.50M; var two = 1f; var three = 0XFFul; var four = 1E3 + .5; var five = 10L;
        return (double)one + two + three + four + five + 0b101 + 'a';
    }

    object Chains(Node one)
    {
        var two = one?.Next?.Next;
        var three = (one?.Next).Next;
        var four = one?.Next.Name.Length ?? (two == null ? 1 : 2);
        return three ?? (object)four ?? two;
    }

    int Shadows(int given)
    {
        { int one = given; total += one; }
        { int one = 2; total -= one; }
        int count = total;
        this.count = count;
        return count + F(F(1), 2) + H<int>(3) + H(given);
    }

    int Assigned()
    {
        int one, two;
        one = two = a;
        one += two -= 3;
        one <<= (two >>= 1) + 1;
        result = result ?? (one > two ? (object)one : two);
        return one++ + ++two - -one - (-two) - (two = 3);
    }

    Node Generic(Dictionary<string, List<Node>> given)
    {
        List<Node> nodes;
        if (!given.TryGetValue("x", out nodes)) { nodes = default(List<Node>); }
        var type = typeof(Dictionary<,>);
        var first = nodes.FirstOrDefault<Node>(each => each.Value == 1);
        return first.Add(new Node()).Add(first);
    }
}
