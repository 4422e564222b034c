// The world that the methods in Seeds.cs live in: each is compiled in a class of its own that inherits it.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Linq.Expressions;
using System.Text;

public enum Colour { Red, Green, Blue }

public struct Vector
{
    public int X, Y;
    public Vector(int x, int y) { X = x; Y = y; }
    public static Vector operator +(Vector a, Vector b) { return new Vector(a.X + b.X, a.Y + b.Y); }
    public static Vector operator -(Vector a, Vector b) { return new Vector(a.X - b.X, a.Y - b.Y); }
    public static Vector operator -(Vector a) { return new Vector(-a.X, -a.Y); }
    public static Vector operator *(Vector a, int b) { return new Vector(a.X * b, a.Y * b); }
    public static bool operator <(Vector a, Vector b) { return a.X < b.X; }
    public static bool operator >(Vector a, Vector b) { return a.X > b.X; }
    public static implicit operator Vector(int x) { return new Vector(x, x); }
}

public class Node
{
    public Node Next;
    public int Value;
    public string Name { get; set; }
    public int this[int i] { get { return Value + i; } set { Value = value - i; } }
    public Node Add(Node other) { Next = other; return this; }
    public static int Count;
}

public class World
{
    protected int a = 1, b = 2, c = 3, i = 4, j = 5, n = 6, x = 7, y = 8, z = 9, count = 10, total = 11;
    protected bool p = true, q, done;
    protected double d = 1.5, e = 2.5;
    protected long big = 1L << 40;
    protected string s = "s", t = "t", text = "text", name = "name";
    protected int[] items = { 1, 2, 3 };
    protected List<int> list = new List<int> { 1, 2, 3 };
    protected Dictionary<string, int> map = new Dictionary<string, int>();
    protected Node node = new Node(), head = new Node();
    protected object o = 1, value = "v", result;
    protected Vector v, w;

    protected int F(int one) { return one; }
    protected int F(int one, int two) { return one + two; }
    protected long F(long one) { return one; }
    protected string F(string one) { return one; }
    protected bool G(bool one, bool two) { return one && two; }
    protected int H<T>(T one) { return 1; }
    protected int Named(int first = 1, int second = 2) { return first - second; }
    protected int Sum(params int[] numbers) { return numbers.Sum(); }
    protected void Act(Action action) { action(); }
    protected void Act(Func<int> function) { function(); }
    protected int Call(Func<int, int> function) { return function(1); }
    protected string Show(Expression<Func<int, bool>> expression) { return expression.ToString(); }
    protected bool Try(string from, out int into) { into = 1; return from != null; }
    protected void Change(ref int one) { one++; }
    protected static void AssertThat(bool one) { }
}
